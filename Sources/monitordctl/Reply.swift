import ArgumentParser
import Model

/// The end of a command that the daemon answered.
enum Reply {
    /// Prints the answer; throws the exit code where the command was not done.
    static func finish(_ reply: CommandReply, json: Bool) throws {
        if json {
            try Terminal.say(json: reply)
        } else if reply.status == .done {
            Terminal.say(lines(reply).joined(separator: "\n"))
        } else {
            Terminal.complain(lines(reply).joined(separator: "\n"))
        }
        switch reply.status {
        case .done: return
        case .refused, .failed: throw ExitCode.refused
        case .unknown: throw ExitCode.trouble
        }
    }

    static func lines(_ reply: CommandReply) -> [String] {
        [reply.message.withoutControls] + reply.details.map { "  " + $0.withoutControls }
    }
}
