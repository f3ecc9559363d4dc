/// When else a step runs, beside its time and its level: all that is said must hold at the moment at which it has its turn.
package struct StepCondition: Sendable, Hashable, Codable {
    /// Hours of some weekdays, by the wall clock of a zone.
    package struct Hours: Sendable, Hashable, Codable {
        /// 0 is Sunday; ascending.
        package var weekdays: [Int]
        /// Minutes of the day, as those of a `Rotation.Restriction`.
        package var from: Int
        package var until: Int
        /// By name: a policy is stored with each incident, and the rules of a zone are longer than all the rest of it.
        package var zone: String
        package init(_ restriction: Rotation.Restriction, zone: String) {
            weekdays = restriction.weekdays.sorted()
            from = restriction.from
            until = restriction.until
            self.zone = zone
        }
        package var restriction: Rotation.Restriction {
            Rotation.Restriction(weekdays: Set(weekdays), from: from, until: until)
        }
    }
    package var hours: Hours?
    /// So many alerts of the incident fire, or more.
    package var atLeast: Int?
    package init(hours: Hours? = nil, atLeast: Int? = nil) {
        self.hours = hours
        self.atLeast = atLeast
    }
}

extension StepCondition: CustomStringConvertible {
    /// `mon-fri 09:00-17:00 Europe/London, 3 or more alerts`
    package var description: String {
        [hours.map { "\($0.restriction) \($0.zone)" }, atLeast.map { "\($0) or more alerts" }].compactMap(\.self)
            .joined(separator: ", ")
    }
}

extension Rotation.Restriction: CustomStringConvertible {
    /// `09:00-17:00`, `mon-fri 22:00-06:00`, `sat,sun`: as it is written.
    package var description: String {
        let hours = from == 0 && until == 1440 ? nil : "\(LocalTime.hour(from))-\(LocalTime.hour(until))"
        let days = weekdays.count == 7 ? nil : days
        return [days, hours].compactMap(\.self).joined(separator: " ").nonEmpty ?? "00:00-24:00"
    }

    /// The week begins on Monday.
    private var days: String {
        var runs: [[Int]] = []
        for day in [1, 2, 3, 4, 5, 6, 0] where weekdays.contains(day) {
            if let last = runs.last?.last, (last + 1) % 7 == day {
                runs[runs.count - 1].append(day)
            } else {
                runs.append([day])
            }
        }
        return runs.map { run in
            let names = run.map { LocalTime.weekdayNames[$0] }
            return names.count > 2 ? "\(names[0])-\(names[names.count - 1])" : names.joined(separator: ",")
        }.joined(separator: ",")
    }
}

extension LocalTime {
    /// 0 is Sunday.
    package static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// A minute of the day, as `09:05`.
    static func hour(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }

    /// `03:12`
    package var hour: String { LocalTime.hour(Int(secondOfDay) / 60) }
    package var weekdayName: String { LocalTime.weekdayNames[Int(weekday)] }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
