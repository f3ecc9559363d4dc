import ArgumentParser
import Model
import Transfer

/// What every command that changes something takes: an id by which monitord knows it again.
struct Once: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An id for this command: sent again with the same one it is carried out once. Default: a new one.",
            valueName: "id"))
    var id: String?

    func validate() throws {
        if let id, !CommandRow.isID(id) { throw ValidationError("--id has 1 to 64 letters, digits, - and _.") }
    }
}

extension Daemon {
    /// A command that changes something. Where no answer comes, the person is told how to send it again without harm.
    func operate(
        _ name: String, _ arguments: [String: any Encodable & Sendable], _ once: Once
    ) async throws -> CommandReply {
        var random = SystemRandomNumberGenerator()
        let id = once.id ?? ULID.make(at: SystemClock().now().wall, using: &random)
        do {
            return try await command(name, arguments.merging(["id": id]) { $1 })
        } catch let trouble as Trouble {
            guard trouble.isUnanswered else { throw trouble }
            throw Trouble(
                "\(trouble.sentence)\nWhether it was carried out is not known. The same command with --id \(id) is carried out once."
            )
        }
    }
}

/// Options that say when something ends.
struct EndOptions: ParsableArguments {
    @Option(name: [.customLong("for"), .customShort("d")], help: ArgumentHelp("How long.", valueName: "duration"))
    var lasts: String?

    @Option(help: ArgumentHelp("Until when: 18:30, \"2026-03-29 18:30\", +2h, or a time with its offset.", valueName: "time"))
    var until: String?

    func validate() throws {
        if lasts != nil, until != nil { throw ValidationError("Give --for or --until, not both.") }
        if let lasts, Duration(short: lasts).map({ $0 > .zero }) != true {
            throw ValidationError("--for is a duration such as 30m, 2h or 1d12h, not \(lasts).")
        }
        _ = try arguments(.here, now: SystemClock().now().wall)
    }

    var isGiven: Bool { lasts != nil || until != nil }

    func arguments(_ zone: LocalZone, now: Timestamp) throws -> [String: any Encodable & Sendable] {
        var arguments: [String: any Encodable & Sendable] = [:]
        if let lasts { arguments["for"] = lasts }
        if let until { arguments["until"] = try zone.time("--until", until, now: now) }
        return arguments
    }
}

/// When something begins.
struct StartOption: ParsableArguments {
    @Option(help: ArgumentHelp("When it begins. Default: now.", valueName: "time"))
    var start: String?

    func validate() throws {
        _ = try arguments(.here, now: SystemClock().now().wall)
    }

    func arguments(_ zone: LocalZone, now: Timestamp) throws -> [String: any Encodable & Sendable] {
        try start.map { ["start": try zone.time("--start", $0, now: now)] } ?? [:]
    }
}

/// Sets of matchers as arguments: the word `or` stands between sets.
enum MatcherArguments {
    static func sets(_ words: [String]) throws -> [[String]] {
        var sets: [[String]] = [[]]
        for word in words {
            if word == "or" {
                sets.append([])
                continue
            }
            guard word.contains(where: { "=!~".contains($0) }) else {
                throw ValidationError("\(word) is no matcher. For the probe of that name: probe=\(word)")
            }
            do throws(MatcherProblem) {
                sets[sets.count - 1] +=
                    word.hasPrefix("{") ? try Matcher.parseSet(word).map(\.description) : [try Matcher.parse(word).description]
            } catch {
                throw ValidationError("A matcher cannot be read: \(error.sentence).")
            }
        }
        guard !sets.contains(where: \.isEmpty) else {
            throw ValidationError(
                "Say what is meant, such as service=db or 'host=~\"web-.*\"'; the word or stands between two sets.")
        }
        return sets
    }
}
