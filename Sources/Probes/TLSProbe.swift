import Model
import Settings

/// Shakes hands with a TLS server and judges what it presents: validity, trust, host name, version.
///
/// Revocation is not checked.
struct TLSProbe: Probe {
    static let kind = "tls"
    static let samples = [
        Sample.duration, "connect_duration", "handshake_duration", "expires_in", "chain_length", "chain_*", "trusted",
        "host_matches", "protocol",
    ]
    /// Elements of a chain that become samples: their names must not be as many as a server likes.
    static let maximumElements = 10

    var host: String
    var port: Int
    /// The name that is asked for and that the certificate must be for; the host where it is nil.
    var serverName: String?
    var caFile: String?
    var minimum = TLSVersion.tls12
    var timeout: Duration

    var address: String {
        let server = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        return serverName.map { "\(server) as \($0)" } ?? server
    }

    var measurement: Measurement { .blocking { run in measure(run) } }

    private var name: String { serverName ?? host }

    func measure(_ run: BlockingRun) -> Measured {
        let (deadline, clock) = (run.deadline, run.clock)
        let start = clock.now().uptime
        var samples: [Sample] = []
        var seen = Sightings()
        do throws(Failure) {
            guard let trust = TrustStore.of(file: caFile) else {
                throw Failure(.setup, "no authorities can be read from \(caFile ?? "the system's certificates")")
            }
            let addresses = try run.addresses(of: host, port: port, deadline: deadline)
            if addresses.count > 1 { seen.note(.addresses, addressesText(addresses.map(\.host))) }
            let connecting = clock.now().uptime
            let connection = try Connection.open(addresses, deadline: deadline, clock)
            let connected = clock.now().uptime
            seen.note(.address, connection.peer.description)
            samples.append(Sample("connect_duration", (connected - connecting).seconds))
            // An address in digits is no server name (RFC 6066, section 3).
            let isNumeric = SocketAddress.numeric(name, port: port) != nil
            let session = try TLSSession(connection, serverName: isNumeric ? nil : name)
            try session.handshake(deadline: deadline, clock)
            let done = clock.now()
            session.end(deadline: deadline, clock)
            samples.append(Sample("handshake_duration", (done.uptime - connected).seconds))
            samples.append(Sample(Sample.duration, (done.uptime - start).seconds))
            let chain = try CertificateChain(session, host: name, trust: trust, at: done.wall)
            let measured = judge(chain, version: session.version, at: done.wall)
            seen.note(.phases, phasesText(samples))
            seen.note(chain, session.version, cipher: session.cipher, isWhole: measured.failure != nil)
            return Measured(
                samples: samples + measured.samples, failure: measured.failure, evidence: seen.evidence(measured.failure))
        } catch {
            seen.note(.phases, phasesText(samples))
            return Measured(error, timeout: timeout, samples: samples, seen)
        }
    }

    /// The numbers and the verdict of a chain. Where several things are wrong the gravest gives the reason: no trust, another
    /// host's certificate, its dates, then the version. The sentence tells all of them. Pure.
    func judge(_ chain: CertificateChain, version: TLSVersion?, at now: Timestamp) -> Measured {
        var samples = [
            Sample("chain_length", Double(chain.certificates.count)),
            Sample("trusted", chain.isTrusted ? 1 : 0),
            Sample("host_matches", chain.hostMatches ? 1 : 0),
        ]
        if let version, let number = Double(version.number) { samples.append(Sample("protocol", number)) }
        if let expires = chain.expires { samples.append(Sample("expires_in", (expires - now).seconds)) }
        for (index, certificate) in chain.certificates.prefix(TLSProbe.maximumElements).enumerated() {
            samples.append(Sample("chain_\(index)_expires_in", (certificate.notAfter - now).seconds))
        }
        var wrong: [Failure] = []
        if !chain.isTrusted { wrong.append(untrusted(chain)) }
        if !chain.hostMatches { wrong.append(wrongHost(chain)) }
        for flaw in chain.flaws where flaw.kind == .expired {
            wrong.append(
                Failure(.certificateExpired, "the certificate \(quoted(flaw.subject)) expired\(date(flaw, chain, now))"))
        }
        for flaw in chain.flaws where flaw.kind == .notYetValid {
            wrong.append(
                Failure(
                    .certificateNotYetValid, "the certificate \(quoted(flaw.subject)) is not valid yet\(date(flaw, chain, now))"
                ))
        }
        if let version, version < minimum {
            wrong.append(Failure(.tls, "the server speaks TLS \(version.number), expected \(minimum.number) or newer"))
        }
        let failure = wrong.first.map { Failure($0.reason, wrong.map(\.detail).joined(separator: "; ")) }
        return Measured(samples: samples, failure: failure)
    }

    private func untrusted(_ chain: CertificateChain) -> Failure {
        let flaws = chain.flaws.filter { $0.kind == .untrusted }
        // A missing issuer gives a second error that says the same less clearly.
        let sentences = flaws.prefix(1).map { "\($0.sentence) (\(quoted($0.subject)))" }
        return Failure(.certificateUntrusted, "the chain is not trusted: \(sentences.joined(separator: ", "))")
    }

    private func wrongHost(_ chain: CertificateChain) -> Failure {
        guard let leaf = chain.certificates.first else { return Failure(.certificateHostName, "no certificate for \(name)") }
        let names = leaf.names.isEmpty ? quoted(leaf.subject) : leaf.names.joined(separator: ", ")
        return Failure(.certificateHostName, "the certificate is for \(names), not for \(name)")
    }

    private func date(_ flaw: ChainFlaw, _ chain: CertificateChain, _ now: Timestamp) -> String {
        guard let certificate = chain.certificates.first(where: { $0.subject == flaw.subject }) else { return "" }
        return flaw.kind == .expired
            ? " \(roughly(now - certificate.notAfter)) ago, on \(certificate.notAfter)"
            : ": it will be in \(roughly(certificate.notBefore - now)), on \(certificate.notBefore)"
    }
}

extension Sightings {
    /// What was presented, and what verifying it found.
    fileprivate mutating func note(_ chain: CertificateChain, _ version: TLSVersion?, cipher: String, isWhole: Bool) {
        note(.version, version.map { "TLS \($0.number)" })
        note(.cipher, cipher)
        if let leaf = chain.certificates.first {
            note(.certificate, leaf.subject)
            note(.issuer, leaf.issuer)
            note(.expires, leaf.notAfter.description)
        }
        note(.verdict, chain.verdict)
        guard isWhole else { return }
        note(.names, chain.certificates.first?.names.joined(separator: ", "))
        let lines = chain.certificates.prefix(TLSProbe.maximumElements).map {
            chainLine(subject: $0.subject, issuer: $0.issuer, notAfter: $0.notAfter)
        }
        note(.chain, lines.joined(separator: "\n"))
    }
}

extension CertificateChain {
    /// Every flaw with the certificate that has it, and whether the host is named.
    fileprivate var verdict: String {
        var texts = flaws.prefix(TLSProbe.maximumElements).map { "\($0.sentence) (\($0.subject))" }
        if !hostMatches { texts.append("for another host") }
        return texts.isEmpty ? "trusted" : texts.joined(separator: "; ")
    }
}

extension TLSProbe {
    init?(_ fields: Fields, timeout: Duration) {
        let before = fields.problems.all.count
        let host = fields.string("host", required: true)
        if let host, !isHost(host) {
            fields.problem(
                at: "host", "host: expected a name or an address, without scheme, port and path, got \(quoted(host))")
        }
        let port = fields.integer("port", in: 1...65_535) ?? 443
        let serverName = fields.string("server_name")
        if let serverName, !isHost(serverName) {
            fields.problem(at: "server_name", "server_name: expected a host name, got \(quoted(serverName))")
        }
        let caFile = fields.readableFile("ca_file")
        var minimum = TLSVersion.tls12
        if let text = fields.string("min_version") {
            if let version = TLSVersion(text) {
                minimum = version
            } else {
                fields.problem(at: "min_version", "min_version: expected 1.0, 1.1, 1.2 or 1.3, got \(quoted(text))")
            }
        }
        guard fields.problems.all.count == before, let host else { return nil }
        self.init(
            host: host, port: port, serverName: serverName, caFile: caFile, minimum: minimum, timeout: timeout)
    }
}

/// Whole days from two days on, whole hours from two hours on.
func roughly(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    if seconds >= 172_800 { return "\(seconds / 86_400)d" }
    return Duration.seconds(seconds >= 7200 ? seconds / 3600 * 3600 : seconds).short
}

/// A host name or an address in digits; an IPv6 address stands without brackets.
func isHost(_ text: String) -> Bool {
    if SocketAddress.numeric(text, port: 1) != nil { return true }
    return !text.isEmpty && text.utf8.count <= 253
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_") }
}
