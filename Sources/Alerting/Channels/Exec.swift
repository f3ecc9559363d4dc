package import Model
package import Settings

/// A program that gets the webhook's JSON on its standard input. No shell reads the command, and the program sees nothing of the
/// daemon's environment, where secrets may stand.
package struct Exec: Channel {
    package static let kind = "exec"

    static let usualTimeout = Duration.seconds(10)
    /// Longer than that nobody waits for a message; four programs run at a time.
    static let timeouts = Duration.seconds(1)...Duration.seconds(120)
    static let maxArguments = 64
    static let maxVariables = 64
    /// Bytes of an argument or a value. The kernel takes 128 KiB.
    static let maxText = 32_768
    static let maxTitle = 200

    let command: [String]
    let timeout: Duration
    let environment: [ProcessRequest.Variable]
    /// As of a `Webhook`.
    let tellsChanges: Bool

    package init(
        command: [String], timeout: Duration = .seconds(10), environment: [ProcessRequest.Variable] = [],
        tellsChanges: Bool = false
    ) {
        self.tellsChanges = tellsChanges
        self.command = command
        self.timeout = timeout
        self.environment = environment
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let places = fields.places("command", required: true) ?? []
        let timeout = fields.duration("timeout", in: Exec.timeouts)
        let tellsChanges = fields.boolean("change_events") ?? false
        let variables = fields.secrets("environment")?.map { ProcessRequest.Variable($0.name, $0.value) } ?? []
        if let (program, place) = places.first {
            if let wrong = Exec.wrong(program: program, fields.context) { fields.problems.add(place, "command: \(wrong)") }
        } else if fields.shape(of: "command") == .list(count: 0) {
            fields.problem(at: "command", "command: the list is empty")
        }
        if places.count > Exec.maxArguments {
            fields.problem(at: "command", "command: at most \(Exec.maxArguments) words, got \(places.count)")
        }
        for (text, place) in places where text.utf8.contains(0) || text.utf8.count > Exec.maxText {
            fields.problems.add(place, "command: a word has a NUL or more than \(Exec.maxText) bytes")
        }
        if variables.count > Exec.maxVariables {
            fields.problem(at: "environment", "environment: at most \(Exec.maxVariables) variables, got \(variables.count)")
        }
        for variable in variables {
            if let wrong = Exec.wrong(variable) { fields.problem(at: "environment", "environment: \(wrong)") }
        }
        guard fields.problems.all.count == before else { return nil }
        self.init(
            command: places.map(\.text), timeout: timeout ?? Exec.usualTimeout, environment: variables,
            tellsChanges: tellsChanges)
    }

    private static func wrong(program: String, _ context: SettingsContext) -> String? {
        let shown = program.oneLine.shortened(to: 100)
        guard program.hasPrefix("/") else {
            return "expected the absolute path of a program such as /usr/local/bin/notify, got \"\(shown)\"; "
                + "neither a shell nor a search path is used"
        }
        // Where nothing is sent, the program need not be there.
        guard context.standIn == nil, let wrong = context.program(program) else { return nil }
        return "cannot run \(shown): \(wrong)"
    }

    private static func wrong(_ variable: ProcessRequest.Variable) -> String? {
        let shown = variable.name.oneLine.shortened(to: 60)
        guard variable.name.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]*/#) != nil, variable.name.utf8.count <= 128 else {
            return "\"\(shown)\" is not a variable's name: letters, digits and '_', the first no digit"
        }
        guard !variable.name.hasPrefix("MONITORD_") else { return "monitord sets the variable \"\(shown)\" itself" }
        let value = variable.value.reveal()
        guard !value.utf8.contains(0), value.utf8.count <= maxText else {
            return "the value of \"\(shown)\" has a NUL or more than \(maxText) bytes"
        }
        return nil
    }

    package var attemptsPerMinute: Int { 60 }
    package func takes(_ kind: Notification.Kind) -> Bool { kind != .change || tellsChanges }

    package func message(for notification: Notification) -> Message {
        let title = Wording(notification).headline.shortened(to: Exec.maxTitle)
        return Message(body: Webhook.body(of: notification), headers: ["MONITORD_TITLE": title])
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        let ours: [ProcessRequest.Variable] = [
            .init("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), .init("LANG", "C.UTF-8"),
            .init("MONITORD_KIND", row.kind.rawValue), .init("MONITORD_LEVEL", row.level.rawValue),
            .init("MONITORD_INCIDENT", row.incident), .init("MONITORD_IDEMPOTENCY_KEY", row.idempotencyKey),
            .init("MONITORD_ATTEMPT", String(max(1, row.tries))),
        ]
        let title = row.message.headers.sorted { $0.key < $1.key }.map { ProcessRequest.Variable($0.key, $0.value) }
        // A program takes the first of two variables of one name.
        let configured = Set(environment.map(\.name))
        return .process(
            ProcessRequest(
                command: command, environment: environment + (ours + title).filter { !configured.contains($0.name) },
                input: Array(row.message.body.utf8), timeout: timeout))
    }

    /// 75 is EX_TEMPFAIL of sysexits.h. What was ended by a signal, or at its deadline, may have told somebody before.
    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        let said = TransferVerdict.said(reply, hiding: environment.map(\.value))
        let output = said.isEmpty ? "" : ": \(said)"
        switch reply.exit {
        case .code(0): return .delivered(reference: nil)
        case .code(75): return .retry("exit 75, the program asks to come again\(output)", after: nil)
        case .code(let code): return .rejected("exit \(code), refused\(output)")
        case .signal(let number): return .inDoubt("the program was ended by signal \(number)\(output)")
        case nil: return TransferVerdict.failure(reply.error, mayHaveArrived: reply.mayHaveArrived)
        }
    }
}
