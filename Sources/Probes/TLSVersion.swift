/// A version of the protocol, by the number on the wire.
enum TLSVersion: Int32, Sendable, Hashable, Comparable, CaseIterable {
    case tls10 = 0x0301
    case tls11 = 0x0302
    case tls12 = 0x0303
    case tls13 = 0x0304

    /// As the configuration and the sample `protocol` write it: `1.2`.
    init?(_ text: String) {
        guard let version = TLSVersion.allCases.first(where: { $0.number == text }) else { return nil }
        self = version
    }

    var number: String {
        switch self {
        case .tls10: "1.0"
        case .tls11: "1.1"
        case .tls12: "1.2"
        case .tls13: "1.3"
        }
    }

    static func < (a: TLSVersion, b: TLSVersion) -> Bool { a.rawValue < b.rawValue }
}
