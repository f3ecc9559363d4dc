import Model

/// What the daemon says of itself.
enum DaemonMetrics {
    static func write(_ snapshot: Snapshot, _ out: inout Exposition) {
        let daemon = snapshot.daemon
        out.begin("monitord_build_info", .gauge, "1, with the version and the node's name.")
        out.add(Labelling.join(Labelling.pair("version", daemon.version), Labelling.pair("node", snapshot.node)), 1)

        let probes = snapshot.summary
        out.begin("monitord_probes", .gauge, "Probes by state.")
        for (state, count) in [
            ("ok", probes.ok), ("pending", probes.pending), ("warning", probes.warning), ("critical", probes.critical),
            ("unknown", probes.unknown),
        ] {
            out.add(Labelling.pair("state", state), count)
        }
        out.begin("monitord_incidents_open", .gauge, "Incidents that are not resolved, by level; acknowledged ones among them.")
        for level in Level.allCases {
            let count = snapshot.incidents.count { $0.resolvedAt == nil && $0.level == level }
            out.add(Labelling.pair("level", level.rawValue), count)
        }
        out.begin(
            "monitord_incidents_nobody_reached", .gauge, "Open incidents whose policy came to its end and reached nobody.")
        out.add([], snapshot.incidents.count { $0.isNobodyReached == true })
        out.begin(
            "monitord_escalation_overdue_seconds", .gauge,
            "How long the step of a policy is due that is due longest, in seconds; 0 where all run in time.")
        out.add([], daemon.escalationOverdueSeconds)
        out.begin(
            "monitord_oncall_uncovered_seconds", .gauge,
            "Time within the next 14 days in which nobody is on call, in seconds, by schedule.")
        for (schedule, seconds) in daemon.onCallUncoveredSeconds.sorted(by: { $0.key < $1.key }) {
            out.add(Labelling.pair("schedule", schedule), seconds)
        }
        holding(snapshot.held, &out)
        scheduling(daemon, &out)
        storage(daemon, &out)
        delivery(daemon, &out)
        if let time = daemon.heartbeatAt {
            out.begin(
                "monitord_watchdog_last_success_timestamp_seconds", .gauge,
                "Unix time at which the watchdog address last took a call.")
            out.add([], time.seconds)
        }
        out.begin(
            "monitord_config_last_reload_successful", .gauge, "Whether the last reading of the configuration was successful.")
        out.add([], daemon.configurationOK)
        out.begin(
            "monitord_config_last_reload_success_timestamp_seconds", .gauge,
            "Unix time at which the configuration that is running was read.")
        out.add([], daemon.configurationLoadedAt.seconds)
    }

    private static func holding(_ held: Snapshot.Held, _ out: inout Exposition) {
        out.begin("monitord_alerts_suppressed", .gauge, "Alerts whose messages are held back, by what holds them first.")
        for kind in SuppressionKind.allCases {
            out.add(Labelling.pair("kind", kind.rawValue), held.alerts[kind.rawValue] ?? 0)
        }
        out.begin("monitord_silences", .gauge, "Silences that are not over, by state.")
        out.add(Labelling.pair("state", "pending"), held.silences.pending)
        out.add(Labelling.pair("state", "active"), held.silences.active)
        out.begin("monitord_maintenance", .gauge, "Maintenance windows, configured and ad-hoc, that are not over, by state.")
        out.add(Labelling.pair("state", "pending"), held.maintenance.pending)
        out.add(Labelling.pair("state", "active"), held.maintenance.active)
    }

    private static func scheduling(_ daemon: Snapshot.Daemon, _ out: inout Exposition) {
        out.begin("monitord_run_lateness_seconds", .summary, "How long after its planned time a run started, in seconds.")
        out.add(Labelling.pair("quantile", "0.5"), daemon.latenessSecondsP50)
        out.add(Labelling.pair("quantile", "0.99"), daemon.latenessSecondsP99)
        out.add(suffix: "_sum", daemon.latenessSecondsTotal)
        out.add(suffix: "_count", daemon.latenessN)
        out.begin(
            "monitord_run_lateness_max_seconds", .gauge, "The greatest lateness of a run since the daemon started, in seconds.")
        out.add([], daemon.latenessSecondsMax)
    }

    private static func storage(_ daemon: Snapshot.Daemon, _ out: inout Exposition) {
        out.begin("monitord_commits_total", .counter, "Transactions written to the ledger.")
        out.add([], daemon.commits)
        out.begin("monitord_commit_failures_total", .counter, "Transactions that could not be written.")
        out.add([], daemon.commitFailures)
        out.begin("monitord_commit_seconds_total", .counter, "Time spent in transactions, in seconds.")
        out.add([], daemon.commitSecondsTotal)
        out.begin("monitord_storage_ok", .gauge, "Whether the last transaction could be written.")
        out.add([], daemon.storageOK)
        out.begin("monitord_unrecorded_decisions", .gauge, "Decisions that were carried out and could not be written yet.")
        out.add([], daemon.unrecordedDecisions)
    }

    private static func delivery(_ daemon: Snapshot.Daemon, _ out: inout Exposition) {
        out.begin("monitord_outbox_rows", .gauge, "Messages that wait, are on their way, or were given up, by channel.")
        for channel in daemon.channels {
            let name = Labelling.pair("channel", channel.name)
            for (state, count) in [("pending", channel.pending), ("inflight", channel.inflight), ("dead", channel.dead)] {
                out.add(Labelling.join(name, Labelling.pair("state", state)), count)
            }
        }
        out.begin(
            "monitord_outbox_oldest_pending_seconds", .gauge,
            "Age of the oldest message that waits, in seconds; 0 where none does.")
        out.add([], daemon.outbox.oldestPendingSeconds)
        attempts(daemon.attempts, &out)
        channels(daemon.channels, &out)
    }

    private static func attempts(_ attempts: [String: [String: Int]], _ out: inout Exposition) {
        out.begin(
            "monitord_delivery_attempts_total", .counter, "Finished attempts to deliver a message, by channel and outcome.")
        for (channel, outcomes) in attempts.sorted(by: { $0.key < $1.key }) {
            for (outcome, count) in outcomes.sorted(by: { $0.key < $1.key }) {
                out.add(Labelling.join(Labelling.pair("channel", channel), Labelling.pair("outcome", outcome)), count)
            }
        }
    }

    private static func channels(_ channels: [Snapshot.Channel], _ out: inout Exposition) {
        let rows = channels.filter { !$0.kind.isEmpty }.map { (channel: $0, label: Labelling.pair("channel", $0.name)) }
        out.begin(
            "monitord_channel_last_accepted_timestamp_seconds", .gauge,
            "Unix time at which the channel last accepted a message; absent where it never did.")
        for row in rows { if let time = row.channel.acceptedAt { out.add(row.label, time.seconds) } }
        out.begin(
            "monitord_channel_breaker_open", .gauge,
            "Whether the channel failed so often that attempts are made one at a time, with pauses.")
        for row in rows { out.add(row.label, row.channel.isBreakerOpen) }
        out.begin(
            "monitord_channel_unproven", .gauge, "Whether the channel has accepted nothing for longer than unproven_after.")
        for row in rows { out.add(row.label, row.channel.isUnproven) }
    }
}

/// The names that every Prometheus client library uses for its process.
enum ProcessMetrics {
    static func write(_ snapshot: Snapshot, _ out: inout Exposition) {
        let daemon = snapshot.daemon
        out.begin("process_resident_memory_bytes", .gauge, "Resident memory size in bytes.")
        out.add([], daemon.residentBytes)
        out.begin("process_cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.")
        out.add([], daemon.cpuSeconds)
        out.begin("process_open_fds", .gauge, "Number of open file descriptors.")
        out.add([], daemon.openFiles)
        out.begin("process_start_time_seconds", .gauge, "Start time of the process since unix epoch in seconds.")
        out.add([], daemon.startedAt.seconds)
    }
}
