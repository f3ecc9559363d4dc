internal import Model

/// A transfer that blocks: it has a thread of its own.
protocol BlockingRun: AnyObject, Sendable {
    var finished: @Sendable (TransferReply) -> Void { get }
    /// When the loop cuts it off; nil where it keeps its time itself.
    var cutAt: Uptime? { get }
    /// Blocks, and hands the reply to the loop.
    func perform()
    /// Ends what the run's thread waits for. Called by the loop.
    func cut()
}

/// The blocking transfers: mails and programs, each class with a line of its own, so that neither waits for the other.
struct Runs {
    private var mails: RunLine
    private var programs: RunLine
    private let limits: TransferLimits
    private let clock: any Clock
    private let inbox: Inbox

    init(limits: TransferLimits, clock: any Clock, inbox: Inbox) {
        mails = RunLine("mail", limit: limits.mails)
        programs = RunLine("program", limit: limits.programs)
        self.limits = limits
        self.clock = clock
        self.inbox = inbox
    }

    var inFlight: (mails: Int, programs: Int) { (mails.active.count, programs.active.count) }
    var isIdle: Bool { mails.active.isEmpty && programs.active.isEmpty }
    var waiting: Int { mails.line.count + programs.line.count }
    var firstDeadline: Uptime? { [mails.line.firstDeadline, programs.line.firstDeadline].compactMap { $0 }.min() }
    func mayBeLate(_ now: Uptime) -> Bool { firstDeadline.map { $0 <= now } ?? false }

    mutating func append(_ mail: Mail, _ entry: Entry) {
        mails.line.append(Waiting(entry: entry, deadline: entry.accepted + mail.timeout))
    }
    mutating func append(_ program: ProcessRequest, _ entry: Entry) {
        programs.line.append(Waiting(entry: entry, deadline: entry.accepted + program.timeout))
    }

    /// Starts those whose turn it is; returns those for whom the system has no thread, with its word.
    mutating func startWaiting() -> [(Waiting, TransferError)] {
        let (limits, clock, inbox) = (limits, clock, inbox)
        let refused = mails.startWaiting { waiting in
            guard case .mail(let mail) = waiting.entry.outgoing else { return nil }
            return MailRun(
                mail: mail, finished: waiting.entry.finished, deadline: waiting.deadline, clock: clock, inbox: inbox,
                limits: limits)
        }
        return refused
            + programs.startWaiting { waiting in
                guard case .process(let request) = waiting.entry.outgoing else { return nil }
                return ProcessRun(
                    request: request, finished: waiting.entry.finished, deadline: waiting.deadline, clock: clock, inbox: inbox)
            }
    }

    mutating func end(_ run: any BlockingRun) {
        mails.end(run)
        programs.end(run)
    }

    /// Those that waited past their deadline, with what was before them.
    mutating func takeLate(_ now: Uptime) -> [(Waiting, String)] {
        mails.line.takeLate(now).map { ($0, "\(mails.limit) mails") }
            + programs.line.takeLate(now).map { ($0, "\(programs.limit) programs") }
    }

    mutating func takeAll() -> [Waiting] { mails.line.takeAll() + programs.line.takeAll() }

    /// Cuts off those whose time is over, or all of them; returns when to look again.
    func cutLate(_ now: Uptime, all: Bool) -> Uptime? {
        [mails, programs].compactMap { $0.cutLate(now, all: all) }.min()
    }
}

/// Blocking transfers of one class: those in flight, and those that wait.
private struct RunLine {
    /// Of the threads.
    let name: String
    let limit: Int
    private(set) var active: [any BlockingRun] = []
    var line = Line()

    private static let cutsAgainAfter = Duration.milliseconds(30)

    init(_ name: String, limit: Int) {
        self.name = name
        self.limit = limit
    }

    mutating func startWaiting(_ make: (Waiting) -> (any BlockingRun)?) -> [(Waiting, TransferError)] {
        var refused: [(Waiting, TransferError)] = []
        while active.count < limit, let waiting = line.next() {
            guard let run = make(waiting) else { continue }
            do throws(Failure) {
                _ = try PosixThread(name, isDetached: true) { run.perform() }
                active.append(run)
            } catch {
                refused.append((waiting, TransferError(.setup, error.detail)))
            }
        }
        return refused
    }

    mutating func end(_ run: any BlockingRun) { active.removeAll { $0 === run } }

    /// Once cut, a run ends within milliseconds; until it has, it is cut again a little later, for it may have opened another
    /// socket.
    func cutLate(_ now: Uptime, all: Bool) -> Uptime? {
        var next: Uptime?
        for run in active {
            guard let cutAt = all ? now : run.cutAt else { continue }
            if cutAt <= now { run.cut() }
            let again = cutAt <= now ? now + RunLine.cutsAgainAfter : cutAt
            next = min(next ?? again, again)
        }
        return next
    }
}
