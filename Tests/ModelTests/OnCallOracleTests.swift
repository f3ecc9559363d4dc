import Foundation
import Model
import Support
import Testing

@Suite("Who is on call, in every zone") struct OnCallOracleTests {
    static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Support/oncall_oracle.py").path

    /// Turns from 2020 to 2040, and two seasons in which a zone skipped a day: Apia in 2011, Kwajalein in 1993.
    static let rotations: [(start: String, handoff: Rotation.Handoff, days: Int64, count: Int)] = [
        ("2020-01-01 09:00", .days(1), 1, 7671), ("2020-01-01 02:30", .days(1), 1, 7671),
        ("2020-01-06 00:00", .weeks(1), 7, 1096), ("2020-01-01 18:00", .days(3), 3, 2557),
        ("2011-12-01 09:00", .days(1), 1, 62), ("1993-07-01 02:30", .days(1), 1, 92),
    ]

    @Test("Every turn begins when Python's zoneinfo says, from 2020 to 2040, and ends where the next begins") func oracle()
        throws
    {
        let arguments = Self.rotations.map { "\($0.start.replacing(" ", with: "T")),\($0.days),\($0.count)" }
        let printed = try ChildProcess.run(["/usr/bin/python3", Self.script] + arguments)
        let rotations = Self.rotations.map {
            Rotation(name: $0.start, people: ["ada", "bob", "cyd"], start: local($0.start), handoff: $0.handoff)
        }
        let seed = UInt64.random(in: 0..<1_000_000_000)
        print("seed \(seed)")
        var draws = Draws(seed: seed)
        var (zones, boundaries, instants, wrong) = (0, 0, 0, 0)
        var zone = TimeZoneRules.utc
        var runs: [[Run]] = []
        func compare() {
            for (index, runs) in runs.enumerated() {
                let outcome = Self.compare(rotations[index], runs, zone, &draws)
                boundaries += outcome.boundaries
                instants += outcome.instants
                wrong += outcome.wrong.count
                if !outcome.wrong.isEmpty, wrong < 100 {
                    Issue.record(
                        "\(zone.name), from \(rotations[index].name): \(outcome.wrong.prefix(3).joined(separator: "; "))")
                }
            }
        }
        for line in printed.utf8.split(separator: UInt8(ascii: "\n")) {
            switch line.first {
            case UInt8(ascii: "Z"):
                compare()
                zone = try Zones.named(String(decoding: line.dropFirst(2), as: UTF8.self))
                zones += 1
                runs = rotations.map { _ in [] }
            case UInt8(ascii: "="):
                compare()
                print("\(String(decoding: line.dropFirst(2), as: UTF8.self)) names and files")
            default:
                let numbers = line.split(separator: UInt8(ascii: " ")).compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
                runs[Int(numbers[0])].append(Run(number: numbers[1], first: numbers[2], step: numbers[3], count: numbers[4]))
            }
        }
        print("\(zones) zones, \(boundaries) boundaries compared, \(instants) instants around them, \(wrong) differences")
        #expect(zones > 300 && boundaries > 18_000 * zones && instants > 10 * zones && wrong == 0)
    }

    /// Turns that follow each other evenly, as the other program printed them.
    struct Run {
        var number: Int64
        var first: Int64
        var step: Int64
        var count: Int64
    }

    /// All turns of a rotation, and a few single instants at and before their ends.
    private static func compare(
        _ rotation: Rotation, _ runs: [Run], _ zone: TimeZoneRules, _ draws: inout Draws
    ) -> (boundaries: Int, instants: Int, wrong: [String]) {
        guard let first = runs.first?.first, let last = runs.last else { return (0, 0, ["nothing to compare with"]) }
        let turns = rotation.turns(from: first - 86_400, until: last.first + (last.count - 1) * last.step + 1, in: zone)
        var wrong: [String] = []
        var (index, before) = (0, Int64.min)
        for run in runs {
            var expected = run.first
            // A loop over a range would take longer than everything else here.
            var person = Int(run.number % 3)
            let end = index + Int(run.count)
            guard end <= turns.count else { return (index, 0, wrong + ["only \(turns.count) turns"]) }
            while index < end {
                let turn = turns[index]
                if turn.start != expected || turn.index != person { wrong.append("a turn at \(expected): \(turn)") }
                if turn.end <= turn.start || index > 0 && before != turn.start { wrong.append("a gap or overlap at \(turn)") }
                before = turn.end
                index += 1
                person = person == 2 ? 0 : person + 1
                expected += run.step
            }
        }
        if index != turns.count { wrong.append("\(turns.count) turns instead of \(index)") }
        var instants = 0
        for _ in 0..<3 {
            let turn = turns[Int.random(in: turns.indices, using: &draws)]
            for second in [turn.start, turn.end - 1, Int64.random(in: turn.start..<turn.end, using: &draws)] {
                instants += 1
                let shift = rotation.shift(at: Timestamp(seconds: second), in: zone)
                if shift?.from != Timestamp(seconds: turn.start) || shift?.until != Timestamp(seconds: turn.end)
                    || shift?.person != rotation.people[turn.index]
                {
                    wrong.append("at \(Timestamp(seconds: second)) \(String(describing: shift)) instead of \(turn)")
                }
            }
        }
        return (index, instants, wrong)
    }
}
