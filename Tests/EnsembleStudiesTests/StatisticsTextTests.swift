import EnsembleStudies
import FuzzSupport
import Testing
import TrajectoryData

@Suite struct StatisticsTextTests {
  @Test func comparisonTable() throws {
    #expect(
      StatisticsTable.comparison(try smallStatistics()) == """
        variant  members  training loss  weights left  of  structures  by layer
        ───────────────────────────────────────────────────────────────────────
        a            3/4     0.5 ± 0.25     7.0 ± 1.0  15           2       5 2
        b            0/0              –             –   –           0

        Median AN-RFMAE of forecasts that did not blow up, by window of steps

        variant   0–10  10–50
        ─────────────────────
        a        0.350  0.500
        b            –      –

        Forecasts that blew up, by window of steps (95 % interval of the rate)

        variant  of            0–10           10–50
        ───────────────────────────────────────────
        a         6  0 (0.0–39.0 %)  2 (9.7–70.0 %)
        b         0               –               –

        Members that failed

          a member 2 (seed 102): the loss is "nan", not finite (epoch 4, step 1200)

        """)
  }

  @Test func featureTable() throws {
    let statistics = try smallStatistics()
    #expect(
      StatisticsTable.features(of: statistics.variants[0], in: statistics) == """
        Learned input features of 'a', percent of 3 members

              x1  x2   u1
        ─────────────────
        dx1  100  33  100
        dx2    ·  67    ·

             most frequent set of inputs  members  other sets
        ─────────────────────────────────────────────────────
        dx1  x1 u1                            2/3           1
        dx2  x2                               2/3           1

        3 distinct sets over all outputs; the most frequent has 1 of 3 members

        """)
    #expect(
      StatisticsTable.features(of: statistics.variants[1], in: statistics) == """
        Learned input features of 'b', percent of 0 members

        no member finished

        """)
  }

  @Test func membersFile() {
    let text = MembersCSV.text(records: smallEnsemble, variants: ["a", "b"], windows: testWindows)
    #expect(
      text == """
        variant,member,seed,status,reason,failed_epoch,failed_step,training_loss,weights_before,weights_left,\
        bytes_before,bytes_left,forecasts_0_10,blow_ups_0_10,an_rfmse_0_10,an_rfmae_0_10,\
        forecasts_10_50,blow_ups_10_50,an_rfmse_10_50,an_rfmae_10_50,structure_digest
        a,0,100,finished,,,,0.25,15,6,80,24,2,0,0.049999999999999996,0.2,2,1,0.04000000000000001,0.2,p
        a,1,101,finished,,,,0.5,15,8,80,32,2,0,0.10000000000000002,0.30000000000000004,2,0,0.26,0.5,q
        a,2,102,failed,"the loss is ""nan"", not finite",4,1200,,,,,,,,,,,,,,
        a,3,103,finished,,,,0.75,15,7,80,28,2,0,0.305,0.55,2,1,0.6400000000000001,0.8,p

        """)
    // Outside of the one quoted field, every row has as many fields as the header.
    let fields = text.split(separator: "\n").map { $0.replacing(/".*"/, with: "").count { $0 == "," } }
    #expect(Set(fields) == [20])
  }

  @Test func wideTablesContinueBelow() throws {
    var generator = SplitMix64(seed: 8)
    let windows = ForecastWindow.standard
    let inputs = (1...8).map { "x\($0)" } + (1...5).map { "u\($0)" }
    let outputs = (1...8).map { "dx\($0)" }
    let records = ["dense", "sparse-with-input-skip"].flatMap { name in
      (0..<10).map { member -> MemberRecord in
        let chance = name == "dense" ? 1 : 0.4
        let features = outputs.map { _ in
          inputs.map { _ in Double.random(in: 0..<1, using: &generator) < chance }
        }
        let forecasts = (0..<100).flatMap { trajectory in
          windows.map { window -> ForecastRecord in
            let error = Double.random(in: 0.01...0.3, using: &generator)
            return ForecastRecord(
              trajectory: trajectory, window: window, meanSquared: error * error, meanAbsolute: error,
              blewUp: error > 0.28)
          }
        }
        let left = [60, 110, 120, 115, 105].map { $0 + Int.random(in: -9...9, using: &generator) }
        return MemberRecord(
          variant: name, member: member, seed: 1,
          outcome: .finished(
            TrainedMember(
              trainingLoss: 0.012, trainingCurve: [0.012], weightsBefore: [260, 660, 660, 660, 264],
              weightsLeft: left,
              bytesBefore: 1, bytesLeft: 1, unitsLeft: [20, 20, 20, 20], learnedInputFeatures: features,
              structureDigest: "\(left)", forecasts: forecasts)))
      }
    }
    let statistics = try EnsembleStatistics(
      study: "s", variants: ["dense", "sparse-with-input-skip"], outputs: outputs, inputs: inputs,
      windows: windows,
      records: records)
    for width in [80, 100, 200] {
      let text =
        StatisticsTable.comparison(statistics, width: width)
        + StatisticsTable.features(of: statistics.variants[1], in: statistics, width: width)
      for name in windows.map(\.description) + inputs + outputs { #expect(text.contains(name)) }
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= width }, "\(text)")
    }
  }
}
