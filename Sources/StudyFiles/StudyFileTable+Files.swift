import TrajectoryData

/// The keys of a dataset in files.
extension StudyFileTable {
  static var files: [StudyFileField<FileDataset>] {
    let signals = StudyFileCodec.list(.text(), count: 1...1024)
    return [
      .textsOrMappings(
        "train", \.train, .required,
        "Training data: files, folders of .csv files, or patterns such as runs/*.csv, relative to the study file; or "
          + "mappings that say which rows and columns of such files are meant.", text: \.file, recording),
      .textsOrMappings(
        "validation", \.validation, .optional,
        "Data by which a penalty path chooses its weight, given in the same ways as train.", text: \.file,
        recording),
      .textsOrMappings(
        "test", \.test, .derived("none; required without split.test"),
        "Test data, given in the same ways as train.",
        text: \.file, recording),
      .mapping(
        "split", \.split, .value("{}"),
        "Sets rows at the end of each training run aside, in the order of time: first validation, then test.",
        flow: true,
        [
          .key("validation", .number(.fraction), \.validation, "Share of the rows for validation."),
          .key("test", .number(.fraction), \.test, "Share of the rows for testing."),
        ]),
      .custom(
        "states", signals.kind, .derived("required, or outputs"),
        "Columns of the states, in order: names; numbers from 1 in a file without header; or #5 for the fifth column. Write "
          + "outputs instead where not all states are measured.",
        read: { ($1.states, $1.namesOutputs) = (signals.decode($0), false) },
        write: { $0.namesOutputs ? nil : .line(signals.encode($0.states)) }),
      .custom(
        "outputs", signals.kind, .derived("required, or states"),
        "Instead of states: columns of the signals that are measured and predicted, in order.",
        read: { ($1.states, $1.namesOutputs) = (signals.decode($0), true) },
        write: { $0.namesOutputs ? .line(signals.encode($0.states)) : nil }),
      .key("inputs", .list(.text(), count: 0...1024), \.inputs, "Columns of the inputs, in order."),
      .custom(
        "units", .texts, .optional, "Units of signals, by name: {level: m}.",
        read: { $1.units = StudyFileCodec.texts().decode($0) },
        write: { $0.units.isEmpty ? nil : .line(StudyFileCodec.texts().encode($0.units)) }),
      .optional(
        "samplingTime", .number(.positive), \.samplingTime,
        presence: .derived("resample.step, or the usual step of time; required without both"), unit: "s",
        "Time from one row to the next."),
      .textOrMapping(
        "time", optional: \.time,
        "Column of times, which must increase evenly unless resample is given; without it the rows are taken to be even.",
        text: \.column, timeColumn),
      .mapping(
        "resample", optional: \.resample,
        "Brings rows at uneven times to even ones, signal by signal; rows that are there already stay as read.",
        flow: true,
        [
          .key("step", .number(.positive), \.step, required: true, unit: "s", "The new sampling time."),
          .key(
            "states", .choice(), \.states,
            "States between rows: the last value, the straight line, or the mean of the rows of a step."),
          .key("inputs", .choice(), \.inputs, "Inputs between rows, in the same ways."),
          .optional(
            "maxGap", .number(.positive), \.maxGap,
            presence: .derived("three times the larger of step and the file's usual step"), unit: "s",
            "Longer gaps between two values of a signal are not bridged: they end a trajectory."),
        ]),
      .optional(
        "trajectoryColumn", .text(), \.trajectoryColumn,
        "Column whose value identifies the trajectory of a row, also of trajectories in turn; without it each file is one "
          + "trajectory."),
      .key(
        "validationTrajectories", .integer(countFromZero), \.validationTrajectories,
        "Training trajectories, the last ones, that are held out: a penalty path chooses its weight by them."),
      .custom(
        "missing", .list(of: .text, count: 0...100), .optional,
        "Numbers and words that mark missing values, such as [-200, -999], besides empty, NaN, NA, N/A, #N/A and null. "
          + "Rows with missing values cut a trajectory, unless missingOutputs masks them.",
        read: { $1.missing = $0.list.need().map { $0.text.need() } },
        write: { model in
          model.missing.isEmpty
            ? nil : .line("[" + model.missing.map(ResolvedText.quoted).joined(separator: ", ") + "]")
        }),
      .key(
        "missingOutputs", .choice(), \.missingOutputs,
        "What happens where outputs are missing: they cut a trajectory, as missing inputs do; or they are masked: they count "
          + "in no loss, error or mean, as it is needed for outputs that are measured in every m-th row only."
      ),
      .custom(
        "format", .mapping, .optional,
        "The dialect of the files; keys that are absent are recognised from each file.",
        children: format.keys, read: { $1.format = format.value(of: $0) },
        write: { format.write($0.format).map { .line($0.flow) } }),
    ]
  }

  private static var recording: [StudyFileField<Recording>] {
    [
      .key("file", .text(), \.file, required: true, "A file, a folder, or a pattern."),
      .custom(
        "rows", .text, .optional,
        "Rows that are used, counted from 0 below the header: 100..<40575, 100...40574, 100..., or ..<40575.",
        read: { $1.rows = RowRange($0.text.need()) }, write: { $0.rows.map { .line("\($0)") } }),
      .custom(
        "columns", .texts, .optional,
        "Columns of signals that have other names in this file, by the signal's name: {u: uEst, y: yEst}.",
        read: { $1.columns = StudyFileCodec.texts().decode($0) },
        write: { $0.columns.isEmpty ? nil : .line(StudyFileCodec.texts().encode($0.columns)) }),
      .mapping(
        "join", optional: \.join, "A second file with further signals of the same run.", flow: true,
        [
          .key("file", .text(), \.file, required: true, "The file, relative to the study file."),
          .key(
            "by", .choice(), \.by, required: true,
            "Row by row; or by the time columns of both files, where rows without a counterpart lack values."),
          .textOrMapping(
            "time", optional: \.time,
            "The time column of the second file, with the keys of dataset.files.time.",
            presence: .derived("as dataset.files.time"), text: \.column, timeColumn),
          .mapping(
            "format", optional: \.format,
            "The dialect of the second file, with the keys of dataset.files.format.", flow: true, format),
        ]),
      .mapping(
        "format", optional: \.format,
        "The dialect of this file, if it isn't that of the others, with the keys of dataset.files.format.",
        flow: true, format),
    ]
  }

  private static var timeColumn: [StudyFileField<TimeColumn>] {
    [
      .key("column", .text(), \.column, required: true, "The column of times, or of dates with clock."),
      .optional("clock", .text(), \.clock, "A second column with the time of day."),
      .key(
        "unit", .choice(), \.unit,
        "Unit of times that are numbers: nanoseconds to days, or years of 365.25 days."),
      .optional(
        "format", .text(), \.format, presence: .derived("recognised from the file"),
        "How times are written: number; iso for ISO 8601, also with an offset; or a pattern of yyyy, MM, dd, HH, mm, ss, SSS and XXX (an offset), "
          + "such as dd/MM/yyyy HH.mm.ss. Time zones and daylight saving are known by offset only."),
      .key(
        "tolerance", .number(.positive), \.tolerance,
        "Share of a step by which steps may differ from it and count as even."),
    ]
  }

  static var format: [StudyFileField<TableFormat>] {
    let presence = StudyFileKey.Presence.derived("recognised from the file")
    return [
      .optional(
        "separator", .choice(), \.separator, presence: presence,
        "Between fields: a comma, semicolon, tab, any number of blanks, or none for a single column."),
      .optional("decimal", .choice(), \.decimal, presence: presence, "Decimal mark of numbers."),
      .optional(
        "thousands", .choice(), \.thousands, presence: .derived("none"),
        "Mark between groups of three digits."),
      .optional(
        "encoding", .choice(), \.encoding, presence: presence,
        "Encoding of the characters; UTF-16 with a byte-order mark."),
      .optional(
        "header", .flag(), \.header, presence: presence,
        "Whether the first line of the table holds the columns' names; without, columns are numbered from 1."),
      .optional(
        "unitsRow", .flag(), \.unitsRow, presence: presence, "Whether a line of units follows the header."),
      .optional(
        "comment", .text(), \.comment, presence: .derived("# or % if a line at the top begins with it"),
        "Text at the beginning of lines that are passed over, or none."),
      .optional(
        "skipLines", .integer(countFromZero), \.skipLines, presence: presence,
        "Lines at the top of the file that are not part of the table."),
    ]
  }
}

extension FileDataset: StudyFileModel {
  static var standard: FileDataset { FileDataset(train: [], states: []) }
}

extension Recording: StudyFileModel {
  package static var standard: Recording { Recording("") }
}

extension JoinedFile: StudyFileModel {
  package static var standard: JoinedFile { JoinedFile("", by: .row) }
}

extension TimeColumn: StudyFileModel {
  package static var standard: TimeColumn { TimeColumn("") }
}

extension Resampling: StudyFileModel {
  package static var standard: Resampling { Resampling(step: 1) }
}

extension RunSplit: StudyFileModel {
  package static var standard: RunSplit { RunSplit() }
}

extension TableFormat: StudyFileModel {
  package static var standard: TableFormat { TableFormat() }
}
