extension SlurmScript {
  /// One allocation that holds everything.
  static func study(_ settings: SlurmSettings) -> SlurmScript {
    SlurmScript(
      "study", settings,
      about: """
        A study in one allocation: on the first node the coordinator, on all of them workers.
          sbatch study.sbatch STUDY [FOLDER]     FOLDER: on a shared file system (default: results/NAME)
        Preempted, or at the end of its time, it is requeued and goes on where it was.
        """,
      options: [
        "--nodes=\(settings.nodes)", "--ntasks-per-node=1", "--cpus-per-task=\(settings.processes)",
        "--signal=B:TERM@60", "--requeue", "--output=%x-%j.log",
      ],
      body: #"""
        study=${1:?usage: sbatch study.sbatch STUDY [FOLDER]}
        \#(studyArguments)
        connection=$folder/connection.json
        # How the study's run ended.
        ended=$folder/ended.$SLURM_JOB_ID
        export study folder potline connection ended

        \#(settings.addressFunction)# One task a node: the first runs the study and listens, the others help.
        node() {
          local stopping=''
          # Slurm signals everything below, too; this waits for it.
          trap 'stopping=1' TERM
          if [ "$SLURM_PROCID" -eq 0 ]; then
            "$potline" run "$study" -o "$folder" --processes "$SLURM_CPUS_PER_TASK" \
              \#(settings.listening) --connection "$connection"
            echo $? >"$ended"
          else
            until [ -e "$connection" ] || [ -e "$ended" ] || [ -n "$stopping" ]; do sleep 0.5; done
            [ -e "$ended" ] || [ -n "$stopping" ] || "$potline" worker --connection "$connection" \
              --processes "$SLURM_CPUS_PER_TASK" --datasets "$folder/datasets"
          fi
        }

        \#(comingBack)

        # The last moments: whatever of the step Slurm hasn't signalled by itself is told to stop.
        stop() {
          trap '' TERM
          sleep 1
          if is_running; then scancel --signal=TERM "$SLURM_JOB_ID.0"; fi
        }
        trap stop TERM

        # What an earlier start left behind when it was killed.
        rm -f "$connection" "$ended"
        srun --ntasks-per-node=1 --cpus-per-task="$SLURM_CPUS_PER_TASK" --kill-on-bad-exit=0 --wait=0 \
          bash -c "$(declare -f\#(settings.interface == nil ? " address" : "") node); node" &
        child=$!
        \#(waiting)
        status=$(cat "$ended" 2>/dev/null || echo "$status")
        rm -f "$ended"
        case $status in
          0 | 3) "$potline" report "$folder" ;;
          130) come_back ;;
        esac
        exit "$status"
        """#)
  }
}
