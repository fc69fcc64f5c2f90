import Digests
import Foundation
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("The store of blobs")
struct BlobStoreTests {
  @Test("A file that was damaged is replaced when its bytes are added again", arguments: [0, 2])
  func damagedFile(bytesLeft: Int) throws {
    let folder = try TemporaryFolder()
    let store = try BlobStore(folder: folder.path)
    let digest = try store.add([1, 2, 3])
    let path = try #require(store.path(of: digest))
    try FileManager.default.removeItem(atPath: path)
    try Data([1, 2, 4].prefix(bytesLeft)).write(to: URL(fileURLWithPath: path))
    try store.add([1, 2, 3])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2, 3]))
  }
}
