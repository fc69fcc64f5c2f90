import Foundation

/// What this process costs, under the names that Prometheus' clients use.
enum ProcessMetrics {
  static func add(to text: inout MetricsText, startedAt: Double) {
    text.single(
      "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.", startedAt)
    var usage = rusage()
    if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
      let seconds =
        Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
      text.single("process_cpu_seconds_total", .counter, "Processor time of the process.", seconds)
    }
    if let pages = residentPages {
      text.single(
        "process_resident_memory_bytes", .gauge, "Memory of the process.",
        Double(pages * sysconf(Int32(_SC_PAGESIZE))))
    }
    if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      text.single("process_open_fds", .gauge, "Open file descriptors.", Double(files.count))
    }
  }

  private static var residentPages: Int? {
    guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = statm.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]) : nil
  }
}
