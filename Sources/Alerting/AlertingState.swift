package import Model
import TimeSeries

/// Everything that deciding remembers. It is a value: `decide` changes it and returns what changed; nothing in it reads a clock,
/// draws outside its own generator or touches the world. The ledger holds the same rows; a restart builds it from them.
package struct AlertingState: Sendable {
    package internal(set) var configuration: AlertingConfiguration
    var probes: [String: ProbeState] = [:]
    /// Open incidents, and resolved ones with messages on the way.
    var incidents: [String: Incident] = [:]
    /// The open incident of each group key.
    var openByGroup: [String: String] = [:]
    /// The incident of a group that ended last, and when, for a while.
    var lastOfGroup: [String: (id: String, at: Timestamp)] = [:]
    /// The latest incident of each group that is over and has messages on the way.
    var endedByGroup: [String: String] = [:]
    var timers: [TimerRow.Key: TimerRow] = [:]
    var timerQueue = DueQueue<TimerRow.Key>()
    var outbox = Outbox()
    /// Empty outside of the model checker.
    package var defects: Defects = [] { didSet { outbox.ignoresLanes = defects.contains(.ignoresLanes) } }
    /// What attempts showed of each channel.
    var channels: [String: ChannelHealth] = [:]
    /// Messages that were given up and that nobody has looked at: the newest `DeadLetter.kept`.
    var deadLetters: [Int64: OutboxRow] = [:]
    /// What receivers that forget are told again, and when next.
    var repeating: Set<Lane> = []
    var repeatAt: Timestamp = .distantPast
    var repeatsUnderWay: [Int64: OutboxRow] = [:]
    /// Repeats have ids below zero: they are no rows.
    var lastRepeat: Int64 = 0
    /// Who was told, by incident and target.
    var told: [String: [String: Told]] = [:]
    /// By incident and probe, what messages tell of the evidence that is stored with it.
    var evidenceFacts: [String: [String: [Notification.Fact]]] = [:]
    /// Probes whose first bad run is kept whole.
    var wholeEvidence: Set<String> = []
    /// When those ended that are over, as far as this process saw it.
    var overSilences = RecentTimes()
    /// Commands by the ids that their senders chose.
    var answered = AnsweredCommands()
    /// What happened to each incident, for an operator who saw an older version of it.
    var notes: [String: [IncidentNote]] = [:]
    /// Silences and operators' maintenance that are not over.
    package var silences: [String: Silence] = [:]
    /// Who stands in for whoever is on call, where it is not over.
    package var overrides: [String: OnCallOverride] = [:]
    /// Incidents whose problem messages are held.
    var held: Set<String> = []
    /// By target, the incidents of which it was paged lately, and when.
    var recentPages: [String: [String: Timestamp]] = [:]
    /// Who depends on a probe.
    var children: [String: [String]] = [:]
    /// Of a start: what had ended by then; see `Stored`.
    var endedOverrides: [OnCallOverride] = []
    /// Channels that share a rate with others, each with all of them; see `meter(of:)`.
    var sharedRates: [String: [String]] = [:]
    var inhibitions = InhibitionIndex()
    var openWindows: [OpenWindow] = []
    /// New names of probes by old ones, for what is stored under the old.
    var renames: [String: String] = [:]
    /// The last digest of each name, and what has happened since.
    var digests: [String: DigestRow] = [:]
    /// Marks of what was put into service, oldest first.
    var deploys: [Deploy] = []
    /// When the configuration was read again last, and what that changed.
    var lastReload: Reload?
    /// Probes without a result for too long, by our own fault, with the latest.
    var unmeasured: [String: Failure] = [:]
    /// It is told that probes cannot be measured.
    var isBlind = false
    var formerChannels: [Lane: FormerChannel] = [:]
    /// Alerts that have failed within the maintenance that covers them.
    var excused: Set<AlertKey> = []
    /// The monitor is cut off.
    var isIsolated = false
    /// When the first run began of which all canaries fail; nil while one answers, and until they are looked at after a start.
    var canariesDownSince: Timestamp?
    /// Something else answers while all canaries fail.
    var isIsolationRefuted = false
    /// Stored alerts whose probe or rule is not configured any more.
    var orphans: [(alert: Alert, labels: Labels)] = []
    package var random: SeededGenerator
    /// Wall minus monotonic time at the last event: a step of the wall clock shows as a change of it.
    var clockOffset: Duration?
    /// The ledger cannot commit: messages say that they are unrecorded.
    package var isUnrecorded = false

    /// What the present decision has changed; `finish` turns it into whole rows.
    var draft = Decision()
    var touched = Touched()

    package init(configuration: AlertingConfiguration, seed: UInt64) {
        self.configuration = configuration
        self.random = SeededGenerator(seed: seed)
    }

    struct Reload: Sendable {
        var at: Timestamp
        /// `reloaded by ada: 1 changed, 10 kept`
        var note: String
    }

    struct Touched: Sendable {
        var alerts: Set<AlertKey> = []
        var incidents: Set<String> = []
        var rows: Set<Int64> = []
        var told: Set<Lane> = []
        var channels: Set<String> = []
        /// Incidents that may have nothing left to do.
        var perhapsOver: Set<String> = []
        var isEmpty: Bool {
            alerts.isEmpty && incidents.isEmpty && rows.isEmpty && told.isEmpty && channels.isEmpty && perhapsOver.isEmpty
        }
    }
}

/// A probe as deciding sees it: its rules with their windows, and its latest result.
struct ProbeState: Sendable {
    var spec: ProbeSpec
    /// One entry a rule in each of these.
    var rules: [RuleState]
    var alerts: [Alert]
    var verdicts: [Verdict?]
    var latest: Observation?
    var recent = RecentDurations()
    var runs: [Outcome: Int] = [:]
    var skipped = 0
    var missing = MissingRuns()
    var seen = SeenByRuns()
    /// When the state that `status` shows last changed.
    var shown: (state: Snapshot.State, since: Timestamp)

    init(spec: ProbeSpec, now: Timestamp) {
        self.spec = spec
        rules = spec.rules.map { RuleState($0, every: spec.every) }
        alerts = spec.rules.map { Alert(key: AlertKey(probe: spec.name, rule: $0.name), since: now) }
        verdicts = spec.rules.map { _ in nil }
        shown = (.pending, now)
    }

    /// Some alert of it is held by a pause.
    var isPaused: Bool { alerts.contains { $0.suppression?.kind == .paused } }

    /// Returns how many rules are to judge it.
    mutating func count(_ observation: Observation) -> Int {
        latest = observation
        runs[observation.outcome, default: 0] += 1
        recent.append(observation)
        return rules.count
    }
}

/// The latest latencies of a probe's planned runs, for the P95 that `status` shows: at most 256, as microseconds in 32 bits (71 minutes).
struct RecentDurations: Sendable {
    static let capacity = 256
    private var ring: [UInt32] = []
    private var next = 0

    mutating func append(_ observation: Observation) {
        guard !observation.isExtra, let duration = observation[Sample.duration], duration.value.isFinite, duration.value >= 0
        else { return }
        let micros = UInt32(min(duration.value * 1e6, Double(UInt32.max)))
        if ring.count < RecentDurations.capacity {
            ring.append(micros)
        } else {
            ring[next] = micros
            next = (next + 1) % RecentDurations.capacity
        }
    }

    /// In seconds, with the number of runs it is taken from.
    func p95() -> (seconds: Double?, n: Int) {
        guard !ring.isEmpty else { return (nil, 0) }
        let sorted = ring.sorted()
        return (Double(sorted[Rank.index(0.95, sorted.count) - 1]) / 1e6, sorted.count)
    }
}
