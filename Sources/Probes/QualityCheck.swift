import Model
import Settings

/// One check of data: a question to the database whose answer becomes a score from 0 to 1.
struct QualityCheck: Sendable, Hashable {
    enum Judge: Sendable, Hashable {
        /// The answer is itself the score.
        case ratio
        /// The answer is a time; 1 where it is no older than this, else 0.
        case age(Duration)
        /// The answer is a number; 1 where it is within the limits, else 0.
        case limits(minimum: Double?, maximum: Double?)
    }
    var name: String
    var weight: Double
    var sql: String
    var judge: Judge

    /// A share that was computed may miss 0 or 1 by this much.
    private static let tolerance = 1e-9

    /// Nil where there was nothing to judge: no row, or NULL. Throws an `expectation` failure for an answer of another kind. Pure.
    func score(_ rows: PostgresRows, at now: Timestamp) throws(Failure) -> Double? {
        guard let scalar = rows.scalar, scalar != .null else { return nil }
        switch judge {
        case .ratio:
            guard let number = rows.number, (-QualityCheck.tolerance...1 + QualityCheck.tolerance).contains(number) else {
                throw wrong(scalar, "a ratio from 0 to 1")
            }
            return min(max(number, 0), 1)
        case .age(let limit):
            guard case .string(let text) = scalar, let time = postgresTimestamp(text) else { throw wrong(scalar, "a time") }
            return now - time <= limit ? 1 : 0
        case .limits(let minimum, let maximum):
            guard let number = rows.number else { throw wrong(scalar, "a number") }
            return number >= minimum ?? -.infinity && number <= maximum ?? .infinity ? 1 : 0
        }
    }

    private func wrong(_ value: JSONValue, _ expected: String) -> Failure {
        Failure(.expectation, "check \(name) gave \(value), expected \(expected)")
    }
}

extension QualityCheck {
    init?(_ name: String, _ fields: Fields) {
        let before = fields.problems.all.count
        if !isSampleName(name) {
            fields.problems.add(fields.place, "checks: a name has small letters, digits and _, got \(quoted(name))")
        }
        let sql = fields.string("sql", required: true)
        let weight = fields.number("weight") ?? 1
        if !(weight > 0) { fields.problem(at: "weight", "weight: expected a number above 0") }
        let age = fields.duration("max_age")
        let minimum = fields.number("min")
        let maximum = fields.number("max")
        if age != nil, minimum != nil || maximum != nil {
            fields.problem(at: "max_age", "max_age is for times, min and max are for numbers: not both")
        }
        if let minimum, let maximum, minimum > maximum { fields.problem(at: "min", "min: expected no more than max") }
        guard fields.problems.all.count == before, let sql else { return nil }
        let judge: Judge =
            if let age {
                .age(age)
            } else if minimum != nil || maximum != nil {
                .limits(minimum: minimum, maximum: maximum)
            } else {
                .ratio
            }
        self.init(name: name, weight: weight, sql: sql, judge: judge)
    }
}
