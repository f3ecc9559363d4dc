import Model

// How probes write what they saw, in the same words whether the run was good or bad: only then can the two be compared.

/// What a run sees on its way, in the order in which a person wants to read it.
struct Sightings {
    private(set) var items: [Evidence.Item] = []

    /// As many as a good run has: what is kept once a probe has no room to spare.
    init() { items.reserveCapacity(8) }

    /// An empty text is none.
    mutating func note(_ name: Evidence.Name, _ text: String?) {
        guard let text, !text.isEmpty else { return }
        items.append(Evidence.Item(name.rawValue, text))
    }

    /// What the run leaves behind: all of it where it failed, with the sentence of the failure in front.
    func evidence(_ failure: Failure?) -> Evidence? {
        guard let failure else {
            return items.isEmpty ? nil : Evidence(items).cut(to: Evidence.goodBytes)
        }
        let sentence = Evidence.Item(Evidence.Name.failure.rawValue, failure.detail)
        return Evidence([sentence] + items).cut(to: Evidence.badBytes)
    }
}

/// `connect 2ms, query 3.2s`
func phasesText(_ phases: [(name: String, seconds: Double)]) -> String {
    var text = ""
    for (name, seconds) in phases where seconds > 0 {
        if !text.isEmpty { text += ", " }
        text += name
        text += " "
        text += durationText(seconds)
    }
    return text
}

/// Every sample `NAME_duration` as a phase.
func phasesText(_ samples: [Sample]) -> String {
    let suffix = "_duration"
    return phasesText(
        samples.filter { $0.name.hasSuffix(suffix) }.map { (String($0.name.dropLast(suffix.count)), $0.value) })
}

/// Three digits, in the notation of the configuration: `85us`, `1.25ms`, `80.1ms`, `412ms`, `4.21s`.
func durationText(_ seconds: Double) -> String {
    let micros = Int64(min(max(seconds, 0), 1e9) * 1e6 + 0.5)
    if micros < 1000 { return "\(micros)us" }
    let (unit, size): (String, Int64) = micros < 1_000_000 ? ("ms", 1000) : ("s", 1_000_000)
    let hundredths = micros % size * 100 / size
    let whole = micros / size
    if whole >= 100 || hundredths == 0 { return "\(whole)\(unit)" }
    if whole >= 10 || hundredths % 10 == 0 { return hundredths < 10 ? "\(whole)\(unit)" : "\(whole).\(hundredths / 10)\(unit)" }
    return "\(whole).\(hundredths < 10 ? "0" : "")\(hundredths)\(unit)"
}

/// A certificate as it stands in a chain: `api.example.com, issuer R3, until 2027-01-01T00:00:00Z`.
func chainLine(subject: String, issuer: String, notAfter: Timestamp) -> String {
    "\(oneLine(subject, limit: 80)), issuer \(oneLine(issuer, limit: 80)), until \(notAfter)"
}

/// `10.0.0.1, 10.0.0.2`: the first ten.
func addressesText(_ addresses: [String]) -> String {
    addresses.prefix(10).joined(separator: ", ") + (addresses.count > 10 ? " and \(addresses.count - 10) more" : "")
}
