import TrajectoryData

/// Checks across the keys of a dataset in files.
extension StudyFileChecks {
  mutating func check(files: StudyFileEntry) {
    switch (files["states"], files["outputs"]) {
    case (nil, nil):
      refuse(files, "there is nothing to predict; add outputs, the columns of the measured signals")
    case (.some, .some(let outputs)):
      refuse(outputs, "the signals are given by states already; remove one of the two")
    default: break
    }
    var owners: [String: String] = [:]
    let signals = ["states", "outputs", "inputs"].flatMap { files[$0]?.list ?? [] }
    for column in signals + [files["trajectoryColumn"]].compactMap(\.self) {
      guard let name = column.text else { continue }
      if let owner = owners.updateValue(column.path, forKey: name) {
        refuse(column, "column '\(name)' is used already, as \(owner); each column has one use")
      }
    }
    let names = Set(signals.compactMap(\.text))
    check(names: files["units"], of: names)
    check(partsOf: files)
    check(timeOf: files)
    for part in ["train", "validation", "test"] {
      for recording in files[part]?.list ?? [] { check(recording: recording, names, files) }
    }
  }

  /// At least 1 if the files set trajectories aside to choose settings by.
  func validation(of files: StudyFileEntry) -> Int? {
    let hasPart =
      files["validation"]?.list?.isEmpty == false || files["split"]?["validation"]?.number ?? 0 > 0
    return hasPart ? 1 : files["validationTrajectories"]?.integer
  }

  private mutating func check(names: StudyFileEntry?, of signals: Set<String>) {
    guard let names, case .mapping(let entries) = names.value else { return }
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) where !signals.contains(name) {
      let hint = Suggestion.closest(to: name, among: Array(signals)).map { "; did you mean '\($0)'?" } ?? ""
      refuse(entry, "'\(name)' is neither in states nor in inputs\(hint)")
    }
  }

  private mutating func check(partsOf files: StudyFileEntry) {
    let split = files["split"]
    let shares = ["validation", "test"].map { split?[$0]?.number ?? 0 }
    if let split, shares.reduce(0, +) >= 1 {
      refuse(
        split,
        "validation and test together leave no rows to train on; write shares that add up to less than 1")
    }
    if files["test"] == nil, shares[1] == 0 {
      var place = files
      place.path += ".test"
      refuse(
        place,
        "there is nothing to test on; add test with files, or split: {test: 0.2} for the last fifth of each training run"
      )
    }
  }

  private mutating func check(timeOf files: StudyFileEntry) {
    let (time, resample) = (files["time"], files["resample"])
    if time == nil, let resample {
      refuse(resample, "resampling needs the time of each row; add time with the column of times")
    }
    // A file of arrays may state its sampling time.
    let hasArrays = (files["train"]?.list ?? []).contains {
      ($0["file"] ?? $0).text.map(DatasetPaths.mayBeArrays) == true
    }
    if time == nil, resample == nil, files["samplingTime"] == nil, !hasArrays {
      var place = files
      place.path += ".samplingTime"
      refuse(
        place,
        "the time from row to row is missing; add samplingTime in seconds, or time with the column of times")
    }
    if let samplingTime = files["samplingTime"], let step = resample?["step"]?.number,
      let number = samplingTime.number, number != step
    {
      refuse(samplingTime, "resample.step is \(step) s; write the same here, or remove the key")
    }
    if let time { check(time: time) }
  }

  private mutating func check(time: StudyFileEntry) {
    guard let format = time["format"], let pattern = format.text, pattern != TimeColumn.numbers else {
      return
    }
    let parts = time["clock"] == nil ? [pattern] : pattern.split(separator: " ").map(String.init)
    if parts.contains(where: { TimeFormat(pattern: $0) == nil }) || (time["clock"] != nil && parts.count != 2)
    {
      refuse(
        format,
        "'\(pattern)' is not a pattern of times; write number, iso, or a pattern such as dd/MM/yyyy HH:mm:ss"
          + (time["clock"] == nil ? "" : ", date and time of day separated by one blank"))
    }
  }

  private mutating func check(
    recording: StudyFileEntry, _ signals: Set<String>, _ files: StudyFileEntry
  ) {
    check(names: recording["columns"], of: signals)
    if let rows = recording["rows"], let text = rows.text, RowRange(text) == nil {
      refuse(rows, "'\(text)' is not a range of rows; write 100..<40575, 100...40574, 100..., or ..<40575")
    }
    guard let join = recording["join"], !join.isRefused else { return }
    if join["by"]?.text == JoinedFile.Key.time.rawValue, files["time"] == nil {
      refuse(
        join,
        "files are joined by time, but there is no time column; add time to the dataset, or write by: row")
    }
    if let time = join["time"] { check(time: time) }
  }
}
