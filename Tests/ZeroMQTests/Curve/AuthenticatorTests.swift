import Foundation
import Testing

@testable import ZeroMQ

@Suite(.timeLimit(.minutes(5))) struct AuthenticatorTests {
  let good: CurveKeyPair
  let stranger: CurveKeyPair

  init() throws {
    good = try .generate()
    stranger = try .generate()
  }

  private func server(address: String = "tcp://127.0.0.1:*") throws -> CurveServer {
    try CurveServer(admitting: [good.publicKey: "worker:good"], address: address)
  }

  @Test(arguments: ["tcp://127.0.0.1:*", "tcp://0.0.0.0:*", "ipc://\(temporaryPath("curve"))"])
  func knownKeyIsServedUnderItsName(address: String) throws {
    let bound = try server(address: address)
    let client = try Context().socket(.dealer)
    try client.connect(
      to: bound.address.replacing("0.0.0.0", with: "127.0.0.1"),
      security: .curveClient(good, server: bound.keys.publicKey))
    #expect(try bound.serves(client, as: "worker:good"))
    #expect(bound.denials.isEmpty)
  }

  @Test func unknownKeyGetsNothingAndOthersAreServedMeanwhile() throws {
    let server = try server()
    let client = try server.client(good)
    #expect(try server.serves(client, as: "worker:good"))
    let refused = try server.client(stranger)
    try refused.send(["let me in"])
    #expect(server.hasDenied(.unknownKey(stranger.publicKey)))
    #expect(try server.serves(client, as: "worker:good"))
    #expect(try server.socket.receiveNow() == nil)
    #expect(try refused.receiveNow() == nil)
    #expect(server.denials == [Denial(reason: .unknownKey(stranger.publicKey), peer: "127.0.0.1")])
  }

  @Test func clientLearnsThatItsKeyIsRefused() throws {
    let server = try server()
    for (keys, isRefused) in [(stranger, true), (good, false)] {
      let client = try Context().socket(.dealer)
      let refusals = try RefusalWatch(client)
      #expect(try !refusals.hasRefusal())
      try client.connect(to: server.address, security: .curveClient(keys, server: server.keys.publicKey))
      if isRefused {
        let deadline = ContinuousClock.now + .seconds(30)
        while try !refusals.hasRefusal(), ContinuousClock.now < deadline { usleep(1000) }
      } else {
        #expect(try server.serves(client, as: "worker:good"))
      }
      #expect(try refusals.hasRefusal() == isRefused)
      client.close()
      #expect(try refusals.hasRefusal() == isRefused)
    }
  }

  @Test func revokedKeyIsRefusedAtItsNextHandshake() throws {
    let server = try server()
    let open = try server.client(good)
    #expect(try server.serves(open, as: "worker:good"))
    server.authenticator.replaceKeys(AdmittedKeys(revoked: [good.publicKey: "worker:good"]))
    let late = try server.client(good)
    try late.send(["me again"])
    #expect(server.hasDenied(.revokedKey(good.publicKey, user: "worker:good")))
    #expect(try late.receiveNow() == nil)
    // What is open stays open; its user is no longer among those admitted.
    #expect(try server.serves(open, as: "worker:good"))
    #expect(!server.authenticator.keys.userIDs.contains("worker:good"))
    #expect(server.denials.count == 1)
  }

  @Test func keyAddedLaterIsAdmitted() throws {
    let server = try server()
    let client = try Context().socket(.dealer)
    try client.connect(to: server.address, security: .curveClient(stranger, server: server.keys.publicKey))
    try client.send(["hello", "there"])
    #expect(server.hasDenied(.unknownKey(stranger.publicKey)))
    server.authenticator.replaceKeys(AdmittedKeys(users: [stranger.publicKey: "client:new"]))
    // libzmq does not try again by itself after a refusal.
    let again = try server.client(stranger)
    #expect(try server.serves(again, as: "client:new"))
    #expect(try client.receiveNow() == nil)
  }

  @Test func keyThatIsBothKnownAndRevokedIsRefused() throws {
    let keys = AdmittedKeys(users: [good.publicKey: "a"], revoked: [good.publicKey: "a"])
    #expect(throws: Denial.Reason.revokedKey(good.publicKey, user: "a")) {
      try keys.judge(good.publicKey).get()
    }
  }

  @Test func socketsOwnSecurityIsKept() throws {
    let server = try server()
    #expect(throws: EndpointError.otherSecurity(try Endpoint("tcp://127.0.0.1:*"))) {
      try server.socket.bind(to: "tcp://127.0.0.1:*", security: .loopback)
    }
    let again = try server.socket.bind(
      to: "tcp://127.0.0.1:*", security: .curveServer(server.keys, authenticator: server.authenticator))
    #expect(again != server.address)
    let open = try Context().socket(.dealer)
    try open.connect(to: "tcp://127.0.0.1:9", security: .loopback)
    #expect(throws: EndpointError.self) { try open.connect(to: "tcp://127.0.0.1:9", security: .insecure) }
  }

  @Test func contextHasOneAuthenticatorAndServersUseTheirOwnContexts() throws {
    let server = try server()
    let second = #expect(throws: ZeroMQError.self) {
      try Authenticator(context: server.context, keys: AdmittedKeys()) { _ in }
    }
    #expect(second?.isAddressInUse == true)
    let elsewhere = try Context().socket(.router)
    #expect(throws: ZeroMQError(operation: "use the authenticator of another context", code: 22)) {
      try elsewhere.bind(
        to: "tcp://127.0.0.1:*",
        security: .curveServer(server.keys, authenticator: server.authenticator))
    }
  }

  @Test func authenticatorOutlivesItsMakerAndNotItsSockets() throws {
    weak var released: Authenticator?
    let context = try Context()
    let socket = try context.socket(.router)
    let keys = try CurveKeyPair.generate()
    let address: String
    do {
      let users = [good.publicKey: "worker:good"]
      let authenticator = try Authenticator(context: context, keys: AdmittedKeys(users: users)) { _ in }
      released = authenticator
      address = try socket.bind(
        to: "tcp://127.0.0.1:*", security: .curveServer(keys, authenticator: authenticator))
    }
    let client = try Context().socket(.dealer)
    try client.connect(to: address, security: .curveClient(good, server: keys.publicKey))
    try client.send(["hello"])
    #expect(try socket.receive(timeout: patience)?.userID == "worker:good")
    #expect(try client.receiveNow() == nil)
    #expect(released != nil)
    socket.close()
    #expect(released == nil)
    // Its thread ends, so that another can take its place.
    #expect(eventually { (try? Authenticator(context: context, keys: AdmittedKeys()) { _ in }) != nil })
  }

  @Test func endedServersLeakNoFileDescriptor() async {
    await #expect(processExitsWith: .success) {
      func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      }
      func cycle() throws {
        let keys = try CurveKeyPair.generate()
        let server = try CurveServer(admitting: [keys.publicKey: "worker:one"])
        #expect(try server.serves(server.client(keys), as: "worker:one"))
      }
      try cycle()
      let before = try openDescriptors()
      for _ in 0..<100 { try cycle() }
      // Threads end a moment after their authenticator.
      #expect(try eventually { try openDescriptors() - before < 20 })
    }
  }
}
