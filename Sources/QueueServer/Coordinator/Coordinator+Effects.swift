import Digests
import QueueCore
import QueueProtocol
import ZeroMQ

/// Performs the effects of the core: first it commits to the journal, then it sends to the peers.
extension Coordinator {
  /// A batch that the journal did not take. Its messages are answered when it does.
  struct Stall {
    let effects: [Effect]
    var error: JournalError
    var nextTry: Instant
    var pause: Duration
  }

  /// Runs the core, commits, and only then answers.
  func process(_ events: [Event]) throws {
    let now = time.now
    var effects: [Effect] = []
    for event in events {
      effects += core.handle(event, at: now)
      if configuration.validates { try core.checkInvariants() }
    }
    if core.isLeaving { supervisor?.stopReplacing() }
    do {
      try commit(effects)
    } catch {
      guard error.isTransient, configuration.storageFailure == .wait, stall == nil else { throw error }
      log.error("\(error); no job is given out and nothing acknowledged until the journal can be written")
      stall = Stall(
        effects: effects, error: error, nextTry: now + configuration.firstCommitPause,
        pause: configuration.firstCommitPause)
      return try process([.storageFailed("\(error)")])
    }
    for effect in effects { try perform(effect) }
  }

  /// Tries a batch again that the journal did not take. While it waits the core changes nothing, so there is only one.
  func retryCommit() throws {
    guard var waiting = stall, time.now >= waiting.nextTry else { return }
    do {
      try commit(waiting.effects)
    } catch {
      guard error.isTransient else { throw error }
      waiting.error = error
      waiting.pause = min(waiting.pause * 2, configuration.longestCommitPause)
      waiting.nextTry = time.now + waiting.pause
      stall = waiting
      return
    }
    stall = nil
    log.notice("the journal can be written again; the queue goes on")
    for effect in waiting.effects { try perform(effect) }
    try process([.storageRecovered])
  }

  private func commit(_ effects: [Effect]) throws(JournalError) {
    let records = effects.compactMap { if case .store(let record) = $0 { record } else { nil } }
    if records.isEmpty { return }
    let start = time.now
    try journal.commit(records)
    commitTimes.add(time.now - start)
  }

  private func perform(_ effect: Effect) throws {
    switch effect {
    case .store: break
    case .send(let peer, let message): try send(message, to: peer)
    case .assign(let peer, let reference, let position): try assign(reference, position, to: peer)
    case .sendChunk(let peer, let digest, let offset): try sendChunk(digest, offset, to: peer)
    case .reply(let peer, let reply, let request): try send(ClientAnswer(request: request, reply), to: peer)
    case .answer(let peer, let call):
      try send(ClientAnswer(request: call.request, answer(call.message)), to: peer)
    case .gaveUp(let worker): supervisor?.kill(worker)
    case .note(let note): log.log(level: note.level.logLevel, "\(note.text)")
    case .finished: isFinished = true
    }
  }

  private func sendChunk(_ digest: SHA256Digest, _ offset: Int, to peer: PeerID) throws {
    let chunk: (bytes: [UInt8], total: Int)?
    do {
      chunk = try configuration.blobs?.read(digest, offset: offset, count: Wire.chunkBytes)
    } catch {
      return log.error("\(error)")
    }
    let answer = chunk.map { chunk in
      CoordinatorMessage.chunk(
        digest, offset: min(offset, chunk.total), totalBytes: chunk.total, bytes: chunk.bytes)
    }
    try send(answer ?? .missing(digest), to: peer)
  }

  /// If the journal can't be read now, the job is assigned again later, as the worker doesn't confirm it.
  private func assign(_ reference: AttemptReference, _ position: Int, to peer: PeerID) throws {
    do {
      let (payload, checkpoint) = try journal.assignment(position: position)
      try send(.assign(reference, payload: payload, checkpoint), to: peer)
    } catch let error as JournalError {
      guard error.isTransient else { throw error }
      log.warning("\(error)")
    }
  }

  func send(_ message: CoordinatorMessage, to peer: PeerID) throws {
    try send(frames: message.encoded(), to: peer)
  }

  func send(_ answer: ClientAnswer, to peer: PeerID) throws {
    var answer = answer
    answer.coordinator = configuration.programVersion
    try send(frames: answer.encoded(), to: peer)
  }

  private func send(frames: [[UInt8]], to peer: PeerID) throws {
    do throws(ZeroMQError) {
      // A message that finds no room or no peer is lost, as any may be; the protocol asks again.
      _ = try socket.sendNow(Message([Frame(peer.bytes)] + frames.map { Frame($0) }))
    } catch {
      guard error.isHostUnreachable else { throw error }
      log.debug("a peer has gone before it could be answered")
    }
  }
}
