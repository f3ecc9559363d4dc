import Alerting
import Glibc
package import Model
import Probes
package import Settings

/// Reads a whole configuration: the main file and every `*.yaml` of its probes folder, into one value or every problem.
package enum ConfigurationReader {
    /// More files are a mistake, such as a folder of something else.
    static let maximumFiles = 10_000
    static let maximumProbes = 20_000

    /// Reads the configuration at `path`, or the embedded defaults where it is nil: paths in these start at the working folder.
    ///
    /// Nothing is kept open and nothing is written. A relative path in a file starts at the folder of that file. Without `now`
    /// nothing is said of what depends on it, such as a window that is over.
    ///
    /// - Parameter standIn: takes the place of secrets that are not at hand, where nothing is sent.
    package static func read(
        path: String?, environment: @escaping @Sendable (String) -> String? = systemEnvironment, files: FileAccess = .system,
        hostName: String = systemHostName, now: Timestamp? = nil, standIn: (@Sendable (String) -> String?)? = nil
    ) -> Result<DaemonConfiguration, ConfigurationError> {
        let problems = Problems()
        let warnings = Problems()
        let reading = Reading(
            environment: environment, files: files, problems: problems, warnings: warnings,
            mentions: Mentions(), zones: TimeZones(folder: environment("TZDIR"), files: files), standIn: standIn, now: now)
        let main = reading.main(path: path, hostName: hostName)
        let read = reading.probes(in: main.probesFolder)
        let probes = read.probes
        if probes.isEmpty, problems.isEmpty {
            warnings.add(main.probesFolder.place, "there is no probe: nothing is watched")
        }
        var alerting = main.alerting
        alerting.probes = probes.map(\.spec)
        alerting.pauses += read.paused.map { [Matcher("probe", equals: $0)] }
        reading.checkMentions(against: probes, names: read.names, alerting: alerting)
        guard problems.isEmpty else {
            return .failure(ConfigurationError(problems: problems.sorted, warnings: warnings.sorted))
        }
        var configuration = DaemonConfiguration(
            node: main.node, storage: main.storage, listen: main.listen, alerting: alerting, probes: probes,
            files: (path.map { [$0] } ?? []) + read.files, warnings: warnings.sorted,
            channelFingerprints: main.channelFingerprints)
        configuration.heartbeat = main.heartbeat
        return .success(configuration)
    }

    /// A time zone of the system's database, by its name.
    package static func zone(
        _ name: String, environment: @escaping @Sendable (String) -> String? = systemEnvironment, files: FileAccess = .system
    ) -> Result<TimeZoneRules, SettingsFileError> {
        TimeZones(folder: environment("TZDIR"), files: files).zone(name)
    }

    package static let systemEnvironment: @Sendable (String) -> String? = { name in getenv(name).map { String(cString: $0) } }

    /// The host's name without its domain, or `monitord` where it has none that could name a node.
    package static var systemHostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "monitord" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let short = String(name.prefix { $0 != "." })
        return Names.isName(short) ? short : "monitord"
    }
}

/// One reading: where files come from, and where problems go. Used by one thread.
struct Reading {
    let environment: @Sendable (String) -> String?
    let files: FileAccess
    let problems: Problems
    let warnings: Problems
    let mentions: Mentions
    let zones: TimeZones
    let standIn: (@Sendable (String) -> String?)?
    /// nil: what depends on the time of reading is not looked at.
    let now: Timestamp?

    /// The mapping of a file, or nil with its problem added.
    func fields(of path: String) -> Fields? {
        switch files.read(path) {
        case .failure(let error):
            problems.add(Place(path: path), "cannot be read: \(error.sentence)")
            return nil
        case .success(let text):
            let context = SettingsContext(
                environment: environment, readFile: files.read, folder: Reading.folder(of: path),
                credentials: environment("CREDENTIALS_DIRECTORY"), standIn: standIn, program: files.program)
            return SettingsFile.parse(text: text, path: path, context: context, problems: problems)
        }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func join(_ folder: String, _ path: String) -> String {
        folder.isEmpty || path.hasPrefix("/") ? path : folder == "/" ? "/\(path)" : "\(folder)/\(path)"
    }

    /// Keys of the language whose feature this version does not have: an empty value is let pass, anything else is told of.
    func refuse(_ keys: [String], in fields: Fields) {
        for key in keys where fields.has(key) {
            let shape = fields.skip(key)
            guard shape != .list(count: 0), shape != .mapping(count: 0), shape != .nothing else { continue }
            problems.add(fields.keyPlace(of: key), "\(key): not supported by this version")
        }
    }
}
