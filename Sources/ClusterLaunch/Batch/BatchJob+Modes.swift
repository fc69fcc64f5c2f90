import Foundation

// Mode `one`.
extension BatchJob {
  /// The whole study: on the first node of the allocation the coordinator, on all nodes workers.
  static func study(_ settings: BatchSettings, _ scheduler: some BatchScheduler) -> BatchJob {
    let submit = scheduler.submitCommand
    return BatchJob(
      name: "study", layout: .nodes(settings.nodes, cores: settings.processes), notice: 60,
      arguments: .studyAndFolder,
      about: """
        A study in one allocation: on the first node the coordinator, on all of them workers.
          \(submit) study.\(submit) STUDY [FOLDER]     FOLDER: on a shared file system (default: results/NAME)
        Preempted, or at the end of its time, it is requeued and goes on where it was.
        """,
      body: #"""
        study=${1:?usage: \#(submit) study.\#(submit) STUDY [FOLDER]}
        \#(studyArguments)
        connection=$folder/connection.json
        # How the study's run ended.
        ended=$folder/ended.\#(scheduler.jobID)
        export study folder potline connection ended

        \#(settings.addressFunction(scheduler))# One task a node: the first runs the study and listens, the others help.
        node() {
          local stopping=''
          # \#(scheduler.name) signals everything below, too; this waits for it.
          trap 'stopping=1' TERM
          if [ "\#(scheduler.nodeIndex)" -eq 0 ]; then
            "$potline" run "$study" -o "$folder" --processes "\#(scheduler.cores)" \
              \#(settings.listening) --connection "$connection"
            echo $? >"$ended"
          else
            until [ -e "$connection" ] || [ -e "$ended" ] || [ -n "$stopping" ]; do sleep 0.5; done
            [ -e "$ended" ] || [ -n "$stopping" ] || "$potline" worker --connection "$connection" \
              --processes "\#(scheduler.cores)" --datasets "$folder/datasets"
          fi
        }

        \#(scheduler.requeueFunctions)

        # The last moments: whatever of the step \#(scheduler.name) hasn't signalled by itself is told to stop.
        stop() {
          trap '' TERM
          sleep 1
          if is_running; then \#(scheduler.terminateOnEachNode); fi
        }
        trap stop TERM

        # What an earlier start left behind when it was killed.
        rm -f "$connection" "$ended"
        \#(scheduler.runOnEachNode) \
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

// Mode `elastic`.
extension BatchJob {
  /// The coordinator of workers that join and leave.
  static func coordinator(_ settings: BatchSettings, _ scheduler: some BatchScheduler) -> BatchJob {
    let submit = scheduler.submitCommand
    return BatchJob(
      name: "coordinator", layout: .task(cores: 1), notice: 60, arguments: .studyAndFolder,
      about: """
        A study's coordinator, for workers that come and go.
          \(submit) coordinator.\(submit) STUDY [FOLDER]     FOLDER: on a shared file system (default: results/NAME)
          \(submit) workers.\(submit) FOLDER
        Preempted, or at the end of its time, it is requeued and goes on where it was; workers wait for it.
        """,
      body: #"""
        study=${1:?usage: \#(submit) coordinator.\#(submit) STUDY [FOLDER]}
        \#(studyArguments)

        \#(settings.addressFunction(scheduler))\#(scheduler.requeueFunctions)

        "$potline" run "$study" -o "$folder" --processes 0 \
          \#(settings.listening) --connection "$folder/connection.json" &
        \#(runningChild)
        case $status in
          0 | 3) "$potline" report "$folder" ;;
          130) come_back ;;
        esac
        exit "$status"
        """#)
  }

  /// An array of workers, each task with a process for each of its cores.
  static func workers(_ settings: BatchSettings, _ scheduler: some BatchScheduler) -> BatchJob {
    let submit = scheduler.submitCommand
    return BatchJob(
      name: "workers", layout: .array(settings.taskCount, cores: settings.processes), notice: 30,
      dependency: .started, arguments: .folder,
      about: """
        Workers that come and go, each task with as many as it has cores.
          \(submit) workers.\(submit) FOLDER     FOLDER: that of coordinator.\(submit), or of `potline run --listen ... -o FOLDER`
        Preempted, or at the end of its time, a task hands its jobs back and is requeued. All leave when the study has ended.
        """,
      body: #"""
        folder=${1:?usage: \#(submit) workers.\#(submit) FOLDER}
        connection=$folder/connection.json
        potline=${POTLINE:-potline}
        patience=600 # Seconds without a coordinator.
        margin=30    # Seconds before the end of the time; a worker that has less than that left isn't worth its start.

        \#(scheduler.requeueFunctions)

        child='' stopping='' status=0
        trap 'stopping=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
        heard=$(date +%s)
        # No end: a year.
        end=\#(scheduler.endTime) || end=$((heard + 31536000))
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
          "$potline" worker --connection "$connection" --processes "\#(scheduler.cores)" \
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

// Mode `array`.
extension BatchJob {
  /// An array of tasks that run jobs from files.
  static func jobs(_ settings: BatchSettings, _ scheduler: some BatchScheduler) -> BatchJob {
    let submit = scheduler.submitCommand
    let tasks = settings.taskCount
    return BatchJob(
      name: "jobs", layout: .array(tasks, cores: 1), notice: 60, arguments: .folder,
      about: """
        The jobs of a study without a coordinator: task N of \(tasks) runs the jobs N, N+\(tasks), and so on.
          potline job list STUDY -o FOLDER/jobs     FOLDER: on a shared file system
          \(submit) jobs.\(submit) FOLDER
          \(submit) \(scheduler.option(for: .ended, on: "ID")) collect.\(submit) FOLDER
        Preempted, or at the end of its time, a task is requeued and goes on where it was. Submitted again it runs what is
        missing.
        """,
      body: #"""
        folder=${1:?usage: \#(submit) jobs.\#(submit) FOLDER}
        potline=${POTLINE:-potline}

        \#(scheduler.requeueFunctions)

        "$potline" job run --jobs "$folder/jobs/jobs.jsonl" --index "\#(scheduler.taskIndex)" --stride \#(tasks) \
          -o "$folder/jobs" &
        \#(runningChild)
        if [ "$status" -eq 75 ]; then come_back; fi
        exit "$status"
        """#)
  }

  /// Collects the results of the array's tasks.
  static func collect(_ settings: BatchSettings, _ scheduler: some BatchScheduler) -> BatchJob {
    let submit = scheduler.submitCommand
    return BatchJob(
      name: "collect", layout: .task(cores: 1), dependency: .ended, arguments: .folder,
      about: """
        Makes the results of a study of what the tasks of jobs.\(submit) left in FOLDER/jobs.
          \(submit) \(scheduler.option(for: .ended, on: "ID")) collect.\(submit) FOLDER     ID: that of jobs.\(submit)
        If jobs have no result it prints the command that submits their tasks again, and ends with 75.
        """,
      body: #"""
        folder=${1:?usage: \#(submit) collect.\#(submit) FOLDER}
        potline=${POTLINE:-potline}

        "$potline" collect "$folder/jobs" -o "$folder" --tasks \#(settings.taskCount)
        status=$?
        case $status in
          0 | 3) "$potline" report "$folder" ;;
        esac
        exit "$status"
        """#)
  }
}

// Bash that several jobs share.
extension BatchJob {
  /// Sets `folder`, the study's output folder: the second argument, or the default of `potline run`.
  private static let studyArguments = """
    name=$(basename "$study")
    folder=${2:-results/${name%.yaml}}
    mkdir -p "$folder" || exit 73
    potline=${POTLINE:-potline}
    """

  /// Waits for the background process `$child` until it has ended, although signals interrupt `wait`; sets `status`.
  private static let waiting = """
    while kill -0 "$child" 2>/dev/null; do
      wait "$child"
      status=$?
    done
    """

  /// Waits for the last background process and passes SIGTERM on to it; sets `status`.
  private static let runningChild = """
    child=$!
    trap 'kill -TERM "$child" 2>/dev/null' TERM
    \(waiting)
    """
}
