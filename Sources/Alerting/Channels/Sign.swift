import Model

/// What a message is, seen from afar: a sign that channels draw each in their way.
enum Sign: Sendable, Hashable, CaseIterable {
    case critical, warning, acknowledged, over, late, test, digest, change, drill

    init(_ notification: Notification) {
        guard !notification.isDrill else {
            self = .drill
            return
        }
        self =
            switch notification.kind {
            case .trigger, .update: notification.level == .critical ? .critical : .warning
            case .acknowledge: .acknowledged
            case .resolve: .over
            case .delayed: .late
            case .test: .test
            case .digest: .digest
            case .change: .change
            }
    }

    var emoji: String {
        switch self {
        case .critical: "🔴"
        case .warning: "🟠"
        case .acknowledged: "👀"
        case .over: "🟢"
        case .late: "⏳"
        case .test: "🧪"
        case .digest: "📋"
        case .change: "🔧"
        case .drill: "🧯"
        }
    }

    /// The emoji's name in GitHub's list, which ntfy uses.
    var name: String {
        switch self {
        case .critical: "red_circle"
        case .warning: "orange_circle"
        case .acknowledged: "eyes"
        case .over: "green_circle"
        case .late: "hourglass"
        case .test: "test_tube"
        case .digest: "clipboard"
        case .change: "wrench"
        case .drill: "fire_extinguisher"
        }
    }

    /// 0xRRGGBB
    var colour: Int {
        switch self {
        case .critical: 0xD0_2030
        case .warning: 0xE0_8000
        case .acknowledged: 0x40_70C0
        case .over: 0x20_9050
        case .late, .test, .digest, .change: 0x80_8080
        case .drill: 0x80_50C0
        }
    }
}
