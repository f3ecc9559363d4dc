import ArgumentParser
import Model

/// The end of a command that the daemon answered.
enum Reply {
    /// Prints the answer; throws the exit code where the command was not done.
    static func finish(_ reply: CommandReply, json: Bool, zone: LocalZone = .utc) throws {
        if json {
            try Terminal.say(json: reply)
        } else if reply.status == .done {
            Terminal.say(lines(reply, zone: zone).joined(separator: "\n"))
        } else {
            Terminal.complain(lines(reply).joined(separator: "\n"))
        }
        switch reply.status {
        case .done: return
        case .refused, .failed: throw ExitCode.refused
        case .unknown: throw ExitCode.trouble
        }
    }

    static func lines(_ reply: CommandReply, zone: LocalZone = .utc) -> [String] {
        var lines = [reply.message.withoutControls]
        // monitord speaks of UTC; whoever reads it looks at a clock on the wall.
        for (start, end, state) in [
            reply.silence.map { ($0.startsAt, $0.endsAt, $0.state) },
            reply.override.map { ($0.startsAt, $0.endsAt, $0.state) },
        ].compactMap({ $0 }) {
            if state == .pending { lines.append("  begins \(zone.both(start))") }
            lines.append("  \(state == .expired ? "ended" : "ends") \(zone.both(end))")
        }
        return lines + reply.details.map { "  " + $0.withoutControls }
    }
}
