internal import Glibc
internal import Model
internal import Synchronization

/// Looks names up with the system's resolver, each on a thread of its own: getaddrinfo knows no deadline, and with a dead DNS
/// server it takes half a minute. Whoever waits gives up in time; the thread is left behind, counted and limited.
final class NameLookups: Sendable {
    private let clock: any Clock
    private let counts = Mutex((waiting: 0, abandoned: 0))
    private let turn = Signal()

    /// Look-ups that workers wait for at once: four of sixteen, so that a dead DNS server leaves workers to the others.
    static let waitingLimit = 4
    static let abandonedLimit = 16

    init(clock: any Clock) {
        self.clock = clock
        for _ in 0..<NameLookups.waitingLimit { turn.one() }
    }

    var abandoned: Int { counts.withLock { $0.abandoned } }

    private final class Lookup: Sendable {
        struct State {
            var answer: Result<[String], Failure>?
            var isAbandoned = false
        }
        let state = Mutex(State())
        let done = Signal()
    }

    func resolve(_ host: String, port: Int, deadline: Uptime) -> Result<[String], Failure> {
        if host.hasControls || host.isEmpty {
            return .failure(Failure(.setup, "the host name is empty or has a control character"))
        }
        if isNumeric(host) { return .success([host]) }
        if abandoned >= NameLookups.abandonedLimit {
            let sentence =
                "\(NameLookups.abandonedLimit) name look-ups hang already, which is the limit: is the DNS server down?"
            return .failure(Failure(.resolver, sentence))
        }
        guard turn.wait(until: deadline) else {
            let sentence = "no turn to look up \(host): \(NameLookups.waitingLimit) other look-ups hang, which is the limit"
            return .failure(Failure(.resolver, sentence))
        }
        defer { turn.one() }
        let lookup = Lookup()
        do throws(Failure) {
            _ = try PosixThread("resolver", isDetached: true) { [self] in
                let answer = ask(host, port: port)
                let isAbandoned = lookup.state.withLock { state in
                    state.answer = answer
                    return state.isAbandoned
                }
                if isAbandoned { counts.withLock { $0.abandoned -= 1 } }
                lookup.done.one()
            }
        } catch {
            return .failure(Failure(.resolver, error.detail))
        }
        if lookup.done.wait(until: deadline), let answer = lookup.state.withLock({ $0.answer }) { return answer }
        return lookup.state.withLock { state in
            if let answer = state.answer { return answer }
            state.isAbandoned = true
            counts.withLock { $0.abandoned += 1 }
            return .failure(Failure(.timeout, "the name \(host) did not resolve in time"))
        }
    }

    private func isNumeric(_ host: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }

    private func ask(_ host: String, port: Int) -> Result<[String], Failure> {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0 else {
            let words = String(cString: gai_strerror(result))
            let isOurs = result == EAI_MEMORY || result == EAI_SYSTEM && (errno == EMFILE || errno == ENFILE)
            return .failure(Failure(isOurs ? .resolver : .nameResolution, "the name \(host) does not resolve: \(words)"))
        }
        defer { freeaddrinfo(list) }
        var texts: [String] = []
        var entry = list
        while let one = entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let named = getnameinfo(
                one.pointee.ai_addr, one.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            if named == 0 {
                let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !texts.contains(address) { texts.append(address) }
            }
            entry = one.pointee.ai_next
        }
        return .success(texts)
    }
}
