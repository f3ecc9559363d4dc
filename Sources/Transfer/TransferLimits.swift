package import Model

/// What bounds the engine. Measured: about 16 KB of memory for a plain transfer in flight and 85 KB for one over TLS.
package struct TransferLimits: Sendable, Hashable {
    /// Plain transfers in flight; more wait in order of arrival, within their own timeouts.
    package var plain = 512
    /// Transfers over TLS in flight: a handshake costs about 2 ms of CPU, and 128 of them a quarter of a second.
    package var secure = 128
    /// Mails in flight, each on its own thread.
    package var mails = 8
    /// Programs in flight, each on its own thread, and each as large as it likes.
    package var programs = 4
    /// Transfers that wait. More are refused: nobody would read replies that are a whole interval late.
    package var waiting = 20_000
    /// Name look-ups given up whose threads may still wait for a dead DNS server. At the limit no further name is looked up.
    package var abandonedResolvers = 64
    /// The C library's resolver gives up after 2 attempts of 5 s at each of up to 3 servers.
    package var resolverGivesUpAfter: Duration = .seconds(30)
    /// How long an answer of the DNS is used again. Looking up anew each time costs 0.2 ms of CPU a transfer.
    package var nameCache: Duration = .seconds(60)
    /// Kept-alive connections that wait for their next use.
    package var idleConnections = 128
    /// Header bytes of one reply, trailers included.
    package var headerBytes = 64 * 1024
    /// The certificate authorities that are trusted where a transfer names none.
    package var caFile = "/etc/ssl/certs/ca-certificates.crt"
    package init() {}
}

/// What the engine does now.
package struct TransferStatistics: Sendable, Hashable {
    package var inFlight = 0
    package var waiting = 0
    package var mails = 0
    package var programs = 0
    /// Name look-ups given up in the last seconds, whose threads may still live.
    package var abandonedResolvers = 0
    package var finished = 0
    package init() {}
}

/// Something that must happen at given times, on the engine's thread.
package protocol TimerSource: AnyObject, Sendable {
    /// Runs what is due; returns when it wants to be called next. It must not block.
    func runDue(now: Moment) -> Uptime?
    /// The thread did not get its turn for that long: what ended since may have ended for it. Called before those results are.
    func stalled(from: Uptime, until: Uptime)
}

extension TimerSource {
    package func stalled(from: Uptime, until: Uptime) {}
}
