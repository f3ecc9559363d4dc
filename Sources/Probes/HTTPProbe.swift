import Model
import Settings

/// Asks a web server and looks at its reply: status, headers, body, JSON, and how long each phase took.
///
/// The exchange runs in the transfer engine; this file only says what to send and what the reply means.
struct HTTPProbe: Probe {
    static let kind = "http"
    static let samples = [
        Sample.duration, "dns_duration", "connect_duration", "tls_duration", "processing_duration", "transfer_duration",
        "status_code", "body_bytes", "redirects", "http_version", "certificate_expires_in", "json_*",
    ]
    /// Deeper chains of redirects are mistakes or loops.
    static let maximumRedirects = 5

    var request: HTTPRequest
    var expectation = HTTPExpectation()
    var address: String
    /// What must not be seen of what comes back.
    var redaction = Redaction()

    var measurement: Measurement {
        .transfer(.http(request), read: { reply, now in read(reply, at: now) })
    }

    /// What a reply means, and what it showed. Pure.
    func read(_ reply: TransferReply, at now: Timestamp) -> Measured {
        var measured = judge(reply, at: now)
        // Our own fault shows nothing of the target.
        guard measured.failure?.reason.outcome != .monitorFault else { return measured }
        measured.evidence = HTTPEvidence(reply: reply, redaction: redaction).evidence(measured.failure)
        return measured
    }

    private func judge(_ reply: TransferReply, at now: Timestamp) -> Measured {
        var samples = samples(of: reply, at: now)
        guard let error = reply.error else {
            var (failure, found) = expectation.judge(reply)
            if let detail = failure?.detail { failure?.detail = redaction.masked(detail) }
            return Measured(samples: samples + found, failure: failure)
        }
        // The sentence is the engine's, which knows the address and the phase, and no secret.
        let failure = Failure(FailureReason(error.kind), error.detail)
        if failure.reason == .timeout {
            samples.append(Sample(Sample.duration, request.timeout.seconds, isCensored: true))
        }
        return Measured(samples: samples, failure: failure)
    }

    /// A reply that did not arrive whole has no durations: a short wait for a broken reply is no good latency.
    private func samples(of reply: TransferReply, at now: Timestamp) -> [Sample] {
        var samples: [Sample] = []
        if reply.error == nil {
            samples += [
                Sample(Sample.duration, reply.timings.total),
                Sample("dns_duration", reply.timings.nameLookup),
                Sample("connect_duration", reply.timings.connect),
            ]
            if request.wantsCertificates { samples.append(Sample("tls_duration", reply.timings.tls)) }
            samples += [
                Sample("processing_duration", reply.timings.processing),
                Sample("transfer_duration", reply.timings.transfer),
                Sample("body_bytes", Double(reply.body.count)),
                Sample("redirects", Double(reply.redirects)),
                Sample("http_version", reply.httpVersion),
            ]
        }
        if reply.status > 0 { samples.append(Sample("status_code", Double(reply.status))) }
        if let expires = reply.certificateExpires {
            samples.append(Sample("certificate_expires_in", (expires - now).seconds))
        }
        return samples
    }
}

extension FailureReason {
    /// Why a transfer ended without a complete reply: the target's part, or our own.
    init(_ kind: TransferError.Kind) {
        switch kind {
        case .nameResolution: self = .nameResolution
        case .connect: self = .connect
        case .tls, .encryptionUnavailable: self = .tls
        case .certificateExpired: self = .certificateExpired
        case .certificateNotYetValid: self = .certificateNotYetValid
        case .certificateUntrusted: self = .certificateUntrusted
        case .certificateHostName: self = .certificateHostName
        case .timeout: self = .timeout
        case .send, .receive, .emptyReply: self = .transfer
        case .tooManyRedirects: self = .redirect
        case .tooLarge: self = .tooLarge
        case .protocol, .refused: self = .protocol
        case .authentication: self = .authentication
        case .setup, .program: self = .setup
        case .descriptors: self = .descriptors
        case .resolver: self = .resolver
        case .stopped: self = .interrupted
        }
    }
}
