import QueueCore
import QueueProtocol

/// What a simulated run got to: a kind of fault, or of recovery.
enum Milestone: Hashable, CaseIterable {
  case coordinatorDied, journalFailed
  case studyCancelled, jobReopened, jobSetAside, jobTrainedAfresh
  case leaseResumed, attemptCancelled, workerSilent, workerStuck, resultSuperseded
  case audited, auditPassed, auditDisputed, workerDistrusted

  /// The milestone that a record of the journal marks, if any.
  init?(_ record: JournalRecord) {
    switch record {
    case .studyCancelled: self = .studyCancelled
    case .jobReopened: self = .jobReopened
    case .jobFailed: self = .jobSetAside
    case .attemptResumed: self = .leaseResumed
    case .attemptEnded(_, let end, _):
      switch end.kind {
      case .cancelled: self = .attemptCancelled
      case .silent: self = .workerSilent
      case .stuck: self = .workerStuck
      case .superseded: self = .resultSuperseded
      default: return nil
      }
    case .candidate: self = .audited
    case .confirmed: self = .auditPassed
    case .disputed: self = .auditDisputed
    case .workerDistrusted: self = .workerDistrusted
    case .studyAdded, .jobAdded, .jobsJoined, .attemptStarted, .checkpoint, .result: return nil
    }
  }
}
