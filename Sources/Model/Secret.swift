/// A value that must not be seen: a password, a token, a whole webhook address. Whatever prints it prints dots.
package struct Secret: Sendable, Hashable {
    private let value: String
    package init(_ value: String) { self.value = value }
    /// The value itself, for the one place that sends it.
    package func reveal() -> String { value }
    package var isEmpty: Bool { value.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package static let mask = "••••"
    package var description: String { Secret.mask }
    package var debugDescription: String { Secret.mask }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
