import CheckedJSON
import Foundation
import SparseNetworks

/// Why a member has no network.
package struct MemberFailure: Codable, Equatable, Sendable {
  /// The reason in words.
  package var reason: String
  /// Epoch, from 1, in which it happened, if that is known.
  package var epoch: Int?
  /// Optimiser step, from 1 over the whole run, in which it happened, if that is known.
  package var step: Int?

  /// Makes a failure.
  package init(reason: String, epoch: Int? = nil, step: Int? = nil) {
    self.reason = reason
    self.epoch = epoch
    self.step = step
  }
}

extension MemberFailure {
  /// The training diverged.
  package init(_ error: NonFiniteLoss) {
    self.init(reason: error.description, epoch: error.epoch, step: error.step)
  }

  /// A failure as the queue or a result file gives it back.
  ///
  /// - Parameters:
  ///   - message: The worker's explanation; it counts only if there are no details.
  ///   - details: ``details(of:)``, or empty bytes: journals and result files of earlier versions have none.
  package init(message: String, details: [UInt8]) {
    if let error = Self.nonFiniteLoss(inDetails: details) {
      self.init(error)
    } else {
      self.init(reason: message)
    }
  }

  /// How the failure travels: JSON such as `{"epoch":3,"kind":"nonFiniteLoss","step":120}`.
  package static func details(of error: NonFiniteLoss) -> [UInt8] {
    let details = Details(kind: .nonFiniteLoss, epoch: error.epoch, step: error.step)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // Three plain fields; there is nothing that could not be encoded.
    return (try? encoder.encode(details)).map { [UInt8]($0) } ?? []
  }

  /// The error that ``details(of:)`` was made of; nil for anything else.
  package static func nonFiniteLoss(inDetails details: [UInt8]) -> NonFiniteLoss? {
    guard let details = try? JSONDecoder().decodeChecked(Details.self, from: details), details.epoch > 0,
      details.step > 0
    else { return nil }
    switch details.kind {
    case .nonFiniteLoss: return NonFiniteLoss(epoch: details.epoch, step: details.step)
    }
  }

  private struct Details: Codable {
    enum Kind: String, Codable {
      case nonFiniteLoss
    }

    var kind: Kind
    var epoch: Int
    var step: Int
  }
}
