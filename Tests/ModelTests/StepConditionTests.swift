import Foundation
import Model
import Testing

@Suite("Hours and counts that a step asks for") struct StepConditionTests {
    private static func berlin() throws -> TimeZoneRules { try Zones.named("Europe/Berlin") }

    @Test("hours hold from their first second to the one before their last, by the clock on the wall") func hours() throws {
        let office = Rotation.Restriction(weekdays: [1, 2, 3, 4, 5], from: 540, until: 1020)
        let night = Rotation.Restriction(weekdays: [6], from: 22 * 60, until: 6 * 60)
        let rows: [(Rotation.Restriction, String, Bool)] = [
            (office, "2026-03-27T07:59:59Z", false), (office, "2026-03-27T08:00:00Z", true),
            (office, "2026-03-27T15:59:59Z", true), (office, "2026-03-27T16:00:00Z", false),
            // The clocks went forward on Sunday: nine is an hour earlier.
            (office, "2026-03-29T08:00:00Z", false), (office, "2026-03-30T07:00:00Z", true),
            (office, "2026-03-30T15:00:00Z", false),
            // From Saturday evening to Sunday morning, seven hours in that night.
            (night, "2026-03-28T20:59:59Z", false), (night, "2026-03-28T21:00:00Z", true),
            (night, "2026-03-29T03:59:59Z", true), (night, "2026-03-29T04:00:00Z", false),
        ]
        for (hours, at, holds) in rows {
            let instant = try #require(Timestamp(at))
            #expect(try hours.holds(at: instant, in: Self.berlin()) == holds, "\(hours) at \(at)")
        }
    }

    @Test("hours begin next when the wall says so, also over a weekend and a change of the clock") func begins() throws {
        let office = Rotation.Restriction(weekdays: [1, 2, 3, 4, 5], from: 540, until: 1020)
        let skipped = Rotation.Restriction(from: 150, until: 170)
        let rows: [(Rotation.Restriction, String, String)] = [
            (office, "2026-03-27T07:59:59Z", "2026-03-27T08:00:00Z"),
            (office, "2026-03-27T08:00:00Z", "2026-03-30T07:00:00Z"),
            (office, "2026-10-23T20:00:00Z", "2026-10-26T08:00:00Z"),
            (Rotation.Restriction(weekdays: [5], from: 0, until: 1440), "2026-03-27T12:00:00Z", "2026-04-02T22:00:00Z"),
            // 02:30 to 02:50 does not come in the night of the change.
            (skipped, "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        ]
        for (hours, after, next) in rows {
            let instant = try #require(Timestamp(after))
            #expect(try hours.nextBegin(after: instant, in: Self.berlin()) == Timestamp(next), "\(hours) after \(after)")
        }
    }

    @Test("conditions are shown as they are written") func shown() {
        let rows: [(Rotation.Restriction, String)] = [
            (.init(from: 540, until: 1020), "09:00-17:00"), (.init(weekdays: [0, 6]), "sat,sun"),
            (.init(weekdays: [1, 2, 3, 4, 5], from: 1320, until: 365), "mon-fri 22:00-06:05"),
            (.init(weekdays: [1, 2, 3, 5]), "mon-wed,fri"), (.init(weekdays: [5, 6, 0]), "fri-sun"), (.init(), "00:00-24:00"),
        ]
        for (hours, text) in rows { #expect("\(hours)" == text) }
        let both = StepCondition(hours: .init(.init(from: 540, until: 1020), zone: "Europe/London"), atLeast: 3)
        #expect("\(both)" == "09:00-17:00 Europe/London, 3 or more alerts")
    }

    @Test("a policy that was stored before steps had conditions is read, and one with them comes back as it was") func stored()
        throws
    {
        let old = #"{"name":"default","repeatAfter":[0,0],"steps":[{"after":[0,0],"level":"critical","notify":["chat"]}]}"#
        let read = try JSONDecoder().decode(PolicySpec.self, from: Data(old.utf8))
        #expect(read.steps == [PolicySpec.Step(after: .zero, level: .critical, notify: ["chat"])])
        let condition = StepCondition(hours: .init(.init(weekdays: [1, 3], from: 540, until: 1020), zone: "UTC"), atLeast: 2)
        let policy = PolicySpec(name: "p", steps: [.init(after: .seconds(5), notify: ["a"], condition: condition)])
        #expect(try JSONDecoder().decode(PolicySpec.self, from: JSONEncoder().encode(policy)) == policy)
    }
}
