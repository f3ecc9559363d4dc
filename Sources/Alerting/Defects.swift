/// Deliberate defects, each a rule of delivering left out. They exist so that the model checker can prove that it sees: it must find
/// what goes wrong with each. Nothing else sets them.
package struct Defects: OptionSet, Sendable, Hashable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// A message counts as delivered before it is sent.
    package static let marksBeforeSending = Defects(rawValue: 1)
    /// The messages of a lane go out in any order.
    package static let ignoresLanes = Defects(rawValue: 2)
    /// A resolve does not wait while its trigger may still be applied.
    package static let forgetsDoubt = Defects(rawValue: 4)
    /// Timers outlive what they were set for, and nobody asks for their epoch.
    package static let keepsStaleTimers = Defects(rawValue: 8)
}
