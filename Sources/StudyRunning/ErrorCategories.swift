import EnsembleStudies
import ErrorCategories
import QueueProtocol
import QueueServer
import SparseNetworks
import StatusPage
import ZeroMQ

// Categories of errors whose rooms don't depend on ErrorCategories. An error type that gains its own conformance leaves
// this file.

extension JournalError: CategorizedError {
  /// Output: the journal lies in the output folder.
  package var category: ErrorCategory { .output }
}

extension BlobError: CategorizedError {
  /// Output: the store lies in the output folder.
  package var category: ErrorCategory { .output }
}

extension QueueProblem: CategorizedError {
  package var category: ErrorCategory {
    switch code {
    case .unknownStudy: .unknownStudy
    case .cancelled: .cancelled
    case .storage, .stopping: .unavailable
    case .notAllowed, .badBlob, .badSubmission, .badRequest: .failed
    }
  }
}

extension QueueClientError: CategorizedError {
  package var category: ErrorCategory { .unavailable }
}

extension MessageError: CategorizedError {
  /// Unavailable: the coordinator speaks another version.
  package var category: ErrorCategory { .unavailable }
}

extension KeyFileError: CategorizedError {
  package var category: ErrorCategory { isAboutWriting ? .output : .badInput }
}

extension EndpointError: CategorizedError {
  package var category: ErrorCategory { .usage }
}

extension StatusPageError: CategorizedError {
  package var category: ErrorCategory { isAboutFiles ? .badInput : .failed }
}

extension KernelsError: CategorizedError {
  /// Bad input: POTLINE_KERNELS names no kernels of this machine.
  package var category: ErrorCategory { .badInput }
}
