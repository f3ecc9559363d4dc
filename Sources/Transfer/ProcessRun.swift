internal import CLinux
internal import Glibc
internal import Model
internal import Synchronization

/// Runs one program on a thread of its own, from its start until it is known how it ended. Whatever the program does, that is soon
/// after its deadline: then every process of its group is asked to end, and a little later made to.
final class ProcessRun: BlockingRun {
    private let request: ProcessRequest
    let finished: @Sendable (TransferReply) -> Void
    private let deadline: Uptime
    private let clock: any Clock
    private let inbox: Inbox

    /// How soon it is seen that the daemon stops.
    private static let looksAgainAfter = Duration.milliseconds(250)
    /// The same where the kernel does not tell that the program has ended.
    private static let looksForEndAfter = Duration.milliseconds(10)
    /// What a stopping daemon leaves a program to end by itself.
    private static let graceAtStop = Duration.milliseconds(500)
    /// A process that was killed and is not gone by then waits in the kernel for a device.
    private static let goneAfter = Duration.seconds(1)

    init(
        request: ProcessRequest, finished: @escaping @Sendable (TransferReply) -> Void, deadline: Uptime, clock: any Clock,
        inbox: Inbox
    ) {
        self.request = request
        self.finished = finished
        self.deadline = deadline
        self.clock = clock
        self.inbox = inbox
    }

    /// It keeps its time itself, and sees by itself that the daemon stops.
    var cutAt: Uptime? { nil }
    func cut() {}

    func perform() {
        if let error = request.problem { return inbox.settle(self, TransferReply(error: error)) }
        var child = linux_child()
        let result = start(&child)
        guard result == 0 else { return inbox.settle(self, TransferReply(error: request.failure(-result))) }
        let (reply, isGone) = follow(child)
        close(child.output)
        if child.ended >= 0 { close(child.ended) }
        inbox.settle(self, reply)
        // Nobody else takes its status, and until somebody does its number is not free.
        var status: CInt = 0
        if !isGone { linux_child_end(child.pid, 1, &status) }
    }

    private func start(_ child: inout linux_child) -> CInt {
        withCTexts(request.command) { arguments in
            withCTexts(request.environment.map { "\($0.name)=\($0.value.reveal())" }) { environment in
                request.input.withUnsafeBytes { input in
                    linux_child_start(&child, arguments, environment, input.baseAddress, UInt64(input.count))
                }
            }
        }
    }

    private enum Stage { case runs, isAsked, isMade }

    /// Reads what it writes until it has ended, or is not to be ended.
    private func follow(_ child: linux_child) -> (TransferReply, isGone: Bool) {
        var output = Output(child.output, limit: request.maxOutputBytes)
        var stage = Stage.runs
        var why: TransferError?
        var next = deadline
        while true {
            var status: CInt = 0
            let end = linux_child_end(child.pid, 0, &status)
            if end != 0 {
                if end < 0 { why = TransferError(.setup, "how \(request.command[0]) ended is not known: \(systemError(-end))") }
                output.read()
                // What it started itself and did not end.
                if stage != .runs { linux_child_signal(child.pid, SIGKILL) }
                return (reply(status, why, output.kept), true)
            }
            let now = clock.now().uptime
            if stage == .runs, inbox.isStopping.load(ordering: .acquiring) {
                why = .stopped
                next = now
            }
            if now >= next {
                switch stage {
                case .runs:
                    let isStopping = why != nil
                    why = why ?? TransferError(.timeout, "\(request.command[0]) did not end within \(request.timeout.short)")
                    linux_child_signal(child.pid, SIGTERM)
                    next = now + (isStopping ? ProcessRun.graceAtStop : request.grace)
                    stage = .isAsked
                case .isAsked:
                    linux_child_signal(child.pid, SIGKILL)
                    next = now + ProcessRun.goneAfter
                    stage = .isMade
                case .isMade:
                    return (reply(status, why, output.kept), false)
                }
            }
            wait(child, output, until: next)
            output.read()
        }
    }

    /// Until it writes, has ended, or it is time to look.
    private func wait(_ child: linux_child, _ output: Output, until next: Uptime) {
        let longest = child.ended < 0 ? ProcessRun.looksForEndAfter : ProcessRun.looksAgainAfter
        let wait = min(max(.zero, next - clock.now().uptime), longest)
        var watched = [
            // A negative descriptor is passed over.
            pollfd(fd: output.isOver ? -1 : child.output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: child.ended, events: Int16(POLLIN), revents: 0),
        ]
        poll(&watched, nfds_t(watched.count), CInt((wait.nanoseconds + 999_999) / 1_000_000))
    }

    private func reply(_ status: CInt, _ why: TransferError?, _ output: [UInt8]) -> TransferReply {
        var reply = TransferReply(body: output, error: why, mayHaveArrived: true)
        guard why == nil else { return reply }
        // wait(2): the low seven bits are the signal, the next byte the code.
        if status & 0x7F == 0 {
            reply.status = Int(status >> 8 & 0xFF)
            reply.exit = .code(reply.status)
        } else {
            reply.exit = .signal(Int(status & 0x7F))
        }
        return reply
    }
}

/// What a program writes: the beginning is kept, all of it is read.
private struct Output {
    private let descriptor: CInt
    private let limit: Int
    private(set) var kept: [UInt8] = []
    /// Nobody can write any more.
    private(set) var isOver = false

    /// Reads at a time, so that one who writes without end does not hold up the look at the clock.
    private static let turns = 16

    init(_ descriptor: CInt, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    mutating func read() {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
            for _ in 0..<Output.turns where !isOver {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                guard count > 0 else {
                    isOver = count == 0
                    return
                }
                kept += buffer.prefix(min(count, limit - kept.count))
            }
        }
    }
}

/// Lends a list of C strings that ends with NULL.
private func withCTexts<Result>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}

extension ProcessRequest {
    fileprivate var problem: TransferError? {
        guard let program = command.first, program.hasPrefix("/") else {
            return TransferError(.program, "the command is not an absolute path")
        }
        let texts = command + environment.flatMap { [$0.name, $0.value.reveal()] }
        if texts.contains(where: { $0.utf8.contains(0) }) {
            return TransferError(.program, "the command or its environment has a NUL")
        }
        return nil
    }

    /// What another attempt cannot mend is the program's fault; what it may mend is the system's.
    fileprivate func failure(_ number: CInt) -> TransferError {
        let sentence = "cannot start \(command[0]): \(systemError(number))"
        switch number {
        case ENOENT, EACCES, EPERM, ENOTDIR, ELOOP, ENAMETOOLONG, ENOEXEC, EISDIR, E2BIG, ELIBBAD, EINVAL:
            return TransferError(.program, sentence, code: Int(number))
        default:
            return TransferError(.setup, sentence, code: Int(number))
        }
    }
}
