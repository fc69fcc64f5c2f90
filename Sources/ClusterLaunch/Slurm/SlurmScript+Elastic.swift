import Foundation

extension SlurmScript {
  /// The coordinator of workers that come and go.
  static func coordinator(_ settings: SlurmSettings) -> SlurmScript {
    SlurmScript(
      "coordinator", settings,
      about: """
        A study's coordinator, for workers that come and go.
          sbatch coordinator.sbatch STUDY [FOLDER]     FOLDER: on a shared file system (default: results/NAME)
          sbatch workers.sbatch FOLDER
        Preempted, or at the end of its time, it is requeued and goes on where it was; workers wait for it.
        """,
      options: [
        "--ntasks=1", "--cpus-per-task=1", "--signal=B:TERM@60", "--requeue", "--output=%x-%j.log",
      ],
      body: #"""
        study=${1:?usage: sbatch coordinator.sbatch STUDY [FOLDER]}
        \#(studyArguments)

        \#(settings.addressFunction)\#(comingBack)

        "$potline" run "$study" -o "$folder" --processes 0 \
          \#(settings.listening) --connection "$folder/connection.json" &
        child=$!
        trap 'kill -TERM "$child" 2>/dev/null' TERM
        \#(waiting)
        case $status in
          0 | 3) "$potline" report "$folder" ;;
          130) come_back ;;
        esac
        exit "$status"
        """#)
  }

  /// An array of workers.
  static func workers(_ settings: SlurmSettings) -> SlurmScript {
    SlurmScript(
      "workers", settings,
      about: """
        Workers that come and go, each task with as many as it has cores.
          sbatch workers.sbatch FOLDER     FOLDER: that of coordinator.sbatch, or of `potline run --listen ... -o FOLDER`
        Preempted, or at the end of its time, a task hands its jobs back and is requeued. All leave when the study has ended.
        """,
      options: [
        "--array=0-\(settings.tasks - 1)", "--ntasks=1", "--cpus-per-task=\(settings.processes)",
        "--signal=B:TERM@30", "--requeue", "--output=%x-%A_%a.log",
      ],
      body: #"""
        folder=${1:?usage: sbatch workers.sbatch FOLDER}
        connection=$folder/connection.json
        potline=${POTLINE:-potline}
        patience=600 # Seconds without a coordinator.
        margin=30    # Seconds before the end of the time; a worker that has less than that left isn't worth its start.

        \#(comingBack)

        child='' stopping='' status=0
        trap 'stopping=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
        heard=$(date +%s)
        # No end: a year.
        end=$(date -d "$(squeue --noheader --job "$job" --format %e)" +%s 2>/dev/null) || end=$((heard + 31536000))
        while [ -z "$stopping" ] && [ ! -e "$folder/statistics.json" ]; do
          left=$((end - margin - $(date +%s)))
          [ "$left" -ge 30 ] || break
          if [ $(($(date +%s) - heard)) -gt "$patience" ]; then
            echo "workers: no coordinator for $patience s" >&2
            exit 70
          fi
          if [ ! -e "$connection" ]; then
            sleep 1
            continue
          fi
          began=$(date +%s)
          "$potline" worker --connection "$connection" --processes "$SLURM_CPUS_PER_TASK" \
            --datasets "$folder/datasets" --time-limit "$left" &
          child=$!
          \#(waiting.replacingOccurrences(of: "\n", with: "\n  "))
          child=''
          case $status in
            0) heard=$(date +%s) ;;
            # The coordinator went away, and its file with it: after a while of work that is news.
            65 | 70) [ $(($(date +%s) - began)) -lt 120 ] || heard=$(date +%s) ;;
            *) exit "$status" ;;
          esac
          sleep 1
        done
        [ -e "$folder/statistics.json" ] || come_back
        """#)
  }
}
