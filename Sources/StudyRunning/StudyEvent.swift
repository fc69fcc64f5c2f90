import QueueProtocol

/// A message from running work to whoever shows it.
package enum StudyEvent: Sendable {
  /// A remark about the study or its data, as a clause.
  case remark(String)
  /// The status page is served at `url`; its token is in `tokenFile` if it needs one.
  case statusPage(url: String, tokenFile: String?)
  case statusPageEnded(reason: String)
  case listening(address: String, connectionFile: String)
  /// The default number of worker processes on this host, and what limits it, if that isn't its number of processors.
  case processes(Int, limit: String)
  case membersFinishedBefore(Int, of: Int)
  case progress(QueueProgress, totalSteps: Int)
  case lastProgress(QueueProgress, totalSteps: Int)
  /// A listed job has a member; `wasThere` if an earlier run had made it.
  case jobFinished(name: String, wasThere: Bool)
  /// A listed job's training failed, and its result says so.
  case jobFailed(name: String, reason: String)
  case jobStopped(name: String, step: Int, of: Int)
  case jobsLeft(Int)
  /// A listed job's result is damaged, so the job runs again.
  case damagedResult(String)
}

/// Takes the events of running work, on any thread.
package typealias StudyEvents = @Sendable (StudyEvent) -> Void
