/// How a run ended. A `monitorFault` is our own inability to measure: it never blames the target.
package enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
    case ok, failed, timeout
    case monitorFault = "monitor_fault"
}

/// Why a run did not end `ok`: a closed list, for it becomes a metric label. The sentence is in `Failure.detail`.
package enum FailureReason: String, Sendable, Hashable, Codable, CaseIterable {
    // The target's part
    case nameResolution = "name_resolution"
    case connect, tls
    case certificateExpired = "certificate_expired"
    case certificateNotYetValid = "certificate_not_yet_valid"
    case certificateUntrusted = "certificate_untrusted"
    case certificateHostName = "certificate_host_name"
    case transfer, `protocol`, redirect
    case tooLarge = "too_large"
    case status, body, header
    case authentication, query, expectation
    case timeout
    /// Of the daemon itself, which is told as its own incident: it cannot store what happens.
    case storage
    // Our own part
    case saturated, resolver, descriptors, setup, interrupted
    /// The monitor was cut off: the run says nothing of its target.
    case isolated

    /// The outcome that a failure with this reason gives a run.
    package var outcome: Outcome {
        switch self {
        case .timeout: .timeout
        case .saturated, .resolver, .descriptors, .setup, .interrupted, .isolated: .monitorFault
        case .nameResolution, .connect, .tls, .certificateExpired, .certificateNotYetValid, .certificateUntrusted,
            .certificateHostName, .transfer, .protocol, .redirect, .tooLarge, .status, .body, .header, .authentication, .query,
            .expectation, .storage:
            .failed
        }
    }
}

/// A closed reason with a full sentence that names the value and the limit. It holds no secret.
package struct Failure: Error, Sendable, Hashable, Codable {
    package var reason: FailureReason
    package var detail: String
    package init(_ reason: FailureReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}

/// A named number that a run yields. Units are base units: seconds, bytes, ratios from 0 to 1, counts.
package struct Sample: Sendable, Hashable, Codable {
    package var name: String
    package var value: Double
    /// The true value is at least `value`: the latency of a run that timed out is known to be no less than its timeout.
    package var isCensored: Bool
    package init(_ name: String, _ value: Double, isCensored: Bool = false) {
        self.name = name
        self.value = value
        self.isCensored = isCensored
    }

    /// The latency of a run, in seconds. Absent where nothing answered; censored where the run timed out.
    package static let duration = "duration"
}

/// What a probe measured: samples, and what went wrong if something did. A failed run can still have samples.
package struct Measured: Sendable, Hashable {
    package var samples: [Sample]
    package var failure: Failure?
    /// What it saw on the way.
    package var evidence: Evidence?
    package init(samples: [Sample] = [], failure: Failure? = nil, evidence: Evidence? = nil) {
        self.samples = samples
        self.failure = failure
        self.evidence = evidence
    }
    package static func failed(_ reason: FailureReason, _ detail: String, samples: [Sample] = []) -> Measured {
        Measured(samples: samples, failure: Failure(reason, detail))
    }
}

/// The result of one run of one probe.
package struct Observation: Sendable, Hashable {
    package var probe: String
    /// When the run was due, and when it started.
    package var planned: Timestamp
    package var started: Timestamp
    /// From actual start to end.
    package var elapsed: Duration
    /// A run that nobody planned (a retry, a request by an operator): it counts for rules, not for windows.
    package var isExtra: Bool
    package var outcome: Outcome
    package var failure: Failure?
    package var samples: [Sample]
    /// Not stored with the samples: see `EvidenceRow`.
    package var evidence: Evidence?

    package init(
        probe: String, planned: Timestamp, started: Timestamp, elapsed: Duration, isExtra: Bool = false, measured: Measured
    ) {
        self.probe = probe
        self.planned = planned
        self.started = started
        self.elapsed = elapsed
        self.isExtra = isExtra
        self.outcome = measured.failure?.reason.outcome ?? .ok
        self.failure = measured.failure
        self.samples = measured.samples
        self.evidence = measured.evidence
    }

    package var ended: Timestamp { started + elapsed }

    package subscript(name: String) -> Sample? { samples.first { $0.name == name } }
}
