/// How much trouble one history may have.
package struct Budget: Sendable, Hashable {
    /// Results of runs.
    package var results: Int
    /// Acknowledgements, manual resolves, silences.
    package var commands: Int
    package var crashes: Int
    /// Attempts of which nobody knows whether they arrived, or will.
    package var losses: Int
    /// Attempts that surely fail.
    package var failures: Int
    package init(results: Int, commands: Int, crashes: Int, losses: Int, failures: Int) {
        self.results = results
        self.commands = commands
        self.crashes = crashes
        self.losses = losses
        self.failures = failures
    }
}

extension Budget {
    /// Five bits each, of which the highest stays free: so one subtraction compares all five.
    var packed: UInt32 {
        [results, commands, crashes, losses, failures].reduce(0) { bits, part in
            precondition((0..<16).contains(part), "a budget of \(part) does not fit in four bits")
            return bits << 5 | UInt32(part)
        }
    }
    private static let guards: UInt32 = 0b10000_10000_10000_10000_10000

    /// The first is at least the second in each part.
    static func covers(_ a: UInt32, _ b: UInt32) -> Bool { ((a | guards) - b) & guards == guards }
}
