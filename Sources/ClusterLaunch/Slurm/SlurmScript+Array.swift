extension SlurmScript {
  /// An array of tasks that run jobs from files.
  static func jobs(_ settings: SlurmSettings) -> SlurmScript {
    SlurmScript(
      "jobs", settings,
      about: """
        The jobs of a study without a coordinator: task N of \(settings.tasks) runs the jobs N, N+\(settings.tasks), and so on.
          potline job list STUDY -o FOLDER/jobs     FOLDER: on a shared file system
          sbatch jobs.sbatch FOLDER
          sbatch --dependency=afterany:ID collect.sbatch FOLDER
        Preempted, or at the end of its time, a task is requeued and goes on where it was. Submitted again it runs what is
        missing.
        """,
      options: [
        "--array=0-\(settings.tasks - 1)", "--ntasks=1", "--cpus-per-task=1", "--signal=B:TERM@60",
        "--requeue",
        "--output=%x-%A_%a.log",
      ],
      body: #"""
        folder=${1:?usage: sbatch jobs.sbatch FOLDER}
        potline=${POTLINE:-potline}

        \#(comingBack)

        "$potline" job run --jobs "$folder/jobs/jobs.jsonl" --index "$SLURM_ARRAY_TASK_ID" --stride \#(settings.tasks) \
          -o "$folder/jobs" &
        child=$!
        trap 'kill -TERM "$child" 2>/dev/null' TERM
        \#(waiting)
        if [ "$status" -eq 75 ]; then come_back; fi
        exit "$status"
        """#)
  }

  /// What follows the array.
  static func collect(_ settings: SlurmSettings) -> SlurmScript {
    SlurmScript(
      "collect", settings,
      about: """
        Makes the results of a study of what the tasks of jobs.sbatch left in FOLDER/jobs.
          sbatch --dependency=afterany:ID collect.sbatch FOLDER     ID: that of jobs.sbatch
        If jobs have no result it says which, and ends with 75: submit jobs.sbatch again.
        """,
      options: ["--ntasks=1", "--cpus-per-task=1", "--output=%x-%j.log"],
      body: #"""
        folder=${1:?usage: sbatch collect.sbatch FOLDER}
        potline=${POTLINE:-potline}

        "$potline" collect "$folder/jobs" -o "$folder"
        status=$?
        case $status in
          0 | 3) "$potline" report "$folder" ;;
        esac
        exit "$status"
        """#)
  }
}
