import Alerting
import Model
import Settings

/// What the main file says, before it is joined with the probes.
struct MainSettings {
    var node: String
    var storage = StorageSettings()
    var listen = ListenSettings()
    /// What is told that the daemon lives.
    var heartbeat: HeartbeatSettings?
    /// All but the probes.
    var alerting: AlertingConfiguration
    var channelFingerprints: [String: Int] = [:]
    /// Not known where the file, or the key, could not be read: then the usual folder is read if there is one.
    var probesFolder: (path: String, place: Place, isKnown: Bool)
}

extension Reading {
    func main(path: String?, hostName: String) -> MainSettings {
        guard let path else {
            let folder = "probes.d"
            warnings.add(Place(path: folder), "no configuration file: alerts are recorded and nobody is told")
            return MainSettings(
                node: hostName, alerting: AlertingConfiguration(node: hostName),
                probesFolder: (folder, Place(path: folder), true))
        }
        let folder = Reading.folder(of: path)
        var main = MainSettings(
            node: hostName, alerting: AlertingConfiguration(node: hostName),
            probesFolder: (Reading.join(folder, "probes.d"), Place(path: path), false))
        main.storage.path = Reading.join(folder, main.storage.path)
        main.listen.socket = Reading.join(folder, main.listen.socket)
        guard let fields = fields(of: path) else { return main }
        if let node = fields.string("node") {
            if Names.isName(node) {
                main.node = node
            } else {
                fields.problem(at: "node", "node: expected a name (\(Names.rule)), got \"\(Shown.short(node))\"")
            }
        }
        if let given = fields.path("probes") {
            main.probesFolder = (given, fields.place(of: "probes"), true)
        } else {
            main.probesFolder.isKnown = !fields.has("probes")
        }
        if let storage = fields.fields("storage") { read(storage, into: &main.storage) }
        if let listen = fields.fields("listen") { read(listen, into: &main.listen) }
        main.heartbeat = fields.fields("watchdog").flatMap(heartbeat)
        main.alerting.node = main.node
        main.channelFingerprints = read(fields, into: &main.alerting)
        fields.close()
        return main
    }

    /// Who is told, when, and what holds messages back. Returns the fingerprints of the channels.
    private func read(_ fields: Fields, into alerting: inout AlertingConfiguration) -> [String: Int] {
        let channels = channels(fields)
        alerting.channels = channels.channels
        var targets = Targets()
        define(channels.defined, as: "channel", in: &targets)
        let contacts = contacts(fields, channels: channels.defined, &targets)
        alerting.contacts = contacts.contacts
        define(contacts.defined, as: "contact", in: &targets)
        let schedules = schedules(fields, contacts: contacts.defined)
        alerting.schedules = schedules.schedules
        define(schedules.defined, as: "schedule", in: &targets)
        let (policies, specs) = policies(fields, &targets)
        alerting.policies = specs
        for zone in mentions.zones { alerting.zones[zone.name] = zone }
        var used = Set<String>()
        alerting.routes = routes(fields, policies: policies, used: &used)
        alerting.systemPolicy = policy("system_policy", fields, among: policies, used: &used)
        alerting.fallbackContact = toldOne("fallback_contact", fields, &targets)
        alerting.maintenance = maintenance(fields)
        alerting.pauses = pauses(fields)
        alerting.inhibitions = inhibitions(fields)
        alerting.quorums = quorums(fields, policies: policies, used: &used)
        alerting.canaries = canaries(fields)
        mentions.noDataBlocks = fields.boolean("nodata_blocks") ?? false
        alerting.digests = digests(fields, &targets)
        let unproven = fields.duration("unproven_after") ?? Reading.unprovenAfter
        alerting.unprovenAfter = unproven > .zero ? unproven : nil
        if !policies.names.isEmpty { warnOfUnused(targets) }
        for policy in policies.names where !used.contains(policy) {
            warnings.add(policies.places[policy] ?? fields.place, "no route leads to the policy \"\(policy)\"")
        }
        return channels.fingerprints
    }

    /// A channel that has accepted nothing for so long is worth a look.
    static let unprovenAfter = Duration.seconds(30 * 86_400)

    /// Probes of what the monitor itself needs; whether there are such probes is known later.
    private func canaries(_ fields: Fields) -> [String] {
        guard fields.shape(of: "canaries") != .list(count: 0) else {
            fields.skip("canaries")
            return []
        }
        return names("canaries", fields, required: false) { name, place in mentions.canaries.append((name, place)) }
    }

    private func read(_ fields: Fields, into storage: inout StorageSettings) {
        if let path = fields.path("path") {
            if path.hasSuffix("/") || path.isEmpty {
                fields.problem(at: "path", "path: expected the path of a file, got \"\(Shown.short(path))\"")
            }
            storage.path = path
        }
        if let retention = fields.fields("retention") {
            let before = problems.all.count
            let range = Duration.seconds(3600)...QuantityParser.longest
            storage.raw = retention.duration("raw", in: range) ?? storage.raw
            storage.hourly = retention.duration("hourly", in: range) ?? storage.hourly
            storage.daily = retention.duration("daily", in: range) ?? storage.daily
            if problems.all.count == before, storage.raw > storage.hourly || storage.hourly > storage.daily {
                problems.add(
                    retention.place,
                    "retention: raw (\(storage.raw.short)) must not exceed hourly (\(storage.hourly.short)), "
                        + "nor hourly exceed daily (\(storage.daily.short))")
            }
        }
        storage.maxSize = fields.size("max_size", in: (16 << 20)...Int.max) ?? storage.maxSize
    }

    private func read(_ fields: Fields, into listen: inout ListenSettings) {
        if let http = fields.string("http") {
            if http == "off" {
                listen.http = nil
            } else if let host = ListenAddress.host(of: http) {
                listen.http = http
                if !ListenAddress.isLoopback(host) {
                    warnings.add(
                        fields.place(of: "http"),
                        "http: \(http) can be reached from other machines: whoever reaches it can read every status")
                }
            } else {
                fields.problem(
                    at: "http", "http: expected host:port such as 127.0.0.1:9876, or off, got \"\(Shown.short(http))\"")
            }
        }
        if let socket = fields.path("socket") {
            // What `sun_path` of a socket address holds, without its final NUL; see unix(7).
            if socket.utf8.count > 107 {
                fields.problem(at: "socket", "socket: a socket's path has at most 107 bytes, this one has \(socket.utf8.count)")
            }
            listen.socket = socket
        }
    }
}

/// `host:port`, with an IPv6 host in brackets.
enum ListenAddress {
    /// The host, or nil where it is no such address.
    static func host(of text: String) -> String? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let port = text[text.index(after: colon)...]
        guard !port.isEmpty, port.count <= 5, port.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(port),
            number <= 65_535
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            return host.contains(":") ? String(host) : nil
        }
        guard !host.isEmpty, !host.contains(":"), host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") })
        else { return nil }
        return String(host)
    }

    static func isLoopback(_ host: String) -> Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
