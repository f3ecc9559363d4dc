import Model
import Settings

/// The system's time zone database: a folder of compiled zones. Each zone is read once a configuration. Used by one thread.
final class TimeZones {
    static let systemFolder = "/usr/share/zoneinfo"

    private let folder: String
    private let files: FileAccess
    private var known: [String: Result<TimeZoneRules, SettingsFileError>] = ["UTC": .success(.utc)]

    /// - Parameter folder: in place of the system's, as `TZDIR` gives it; an empty one does not count.
    init(folder: String?, files: FileAccess) {
        self.folder = folder.flatMap { $0.isEmpty ? nil : $0 } ?? TimeZones.systemFolder
        self.files = files
    }

    func zone(_ name: String) -> Result<TimeZoneRules, SettingsFileError> {
        if let known = known[name] { return known }
        let zone = read(name)
        known[name] = zone
        return zone
    }

    private func read(_ name: String) -> Result<TimeZoneRules, SettingsFileError> {
        let shown = "\"\(Shown.short(name))\""
        guard TimeZoneRules.isName(name) else {
            return .failure(
                SettingsFileError("\(shown) is no time zone: expected a name of the tz database, such as Europe/London"))
        }
        let path = Reading.join(folder, name)
        switch files.readBytes(path) {
        case .success(let bytes):
            return TimeZoneRules.read(bytes, name: name).mapError {
                SettingsFileError("the time zone \(shown) cannot be used: \(path): \($0)")
            }
        case .failure(let error):
            let names = names
            guard !names.isEmpty else {
                let sentence = "the time zone \(shown) cannot be read: \(path): \(error.sentence)"
                return .failure(SettingsFileError(sentence + (name.contains("/") ? "; is tzdata installed?" : "")))
            }
            guard !names.contains(name) else {
                return .failure(SettingsFileError("the time zone \(shown) cannot be read: \(path): \(error.sentence)"))
            }
            let suggestion = suggestion(for: name, in: names)
            let instead = suggestion.isEmpty ? "; expected a name of the tz database, such as Europe/London" : suggestion
            return .failure(SettingsFileError("unknown time zone \(shown)\(instead)"))
        }
    }

    /// A slip of the fingers, or a city without its region.
    private func suggestion(for name: String, in names: [String]) -> String {
        let near = Suggestion.clause(for: name, in: names)
        guard near.isEmpty else { return near }
        let city = name.lowercased().split(separator: "/").last.map { "/" + $0 } ?? name
        let ending = names.sorted().first { $0.lowercased().hasSuffix(city) }
        return ending.map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// Every name that the database lists in `tzdata.zi`: lines `Z NAME …` for zones and `L ZONE NAME` for other names of them.
    private var names: [String] {
        guard case .success(let bytes) = files.readBytes(Reading.join(folder, "tzdata.zi")) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3).map { String(decoding: $0, as: UTF8.self) }
            return switch words.first {
            case "Z" where words.count > 1: words[1]
            case "L" where words.count > 2: words[2]
            default: nil
            }
        }
    }
}
