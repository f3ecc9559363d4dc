import Glibc
package import Settings

/// How configuration files are found and read. Tests that need no disk bring their own.
package struct FileAccess: Sendable {
    /// The text of a file.
    package var read: @Sendable (String) -> Result<String, SettingsFileError>
    /// The names in a folder, in no order.
    package var list: @Sendable (String) -> Result<[String], SettingsFileError>
    /// The bytes of a file of the time zone database.
    package var readBytes: @Sendable (String) -> Result<[UInt8], SettingsFileError>
    /// Why a program must not or cannot be run; nil: it can.
    package var program: @Sendable (String) -> String?
    package init(
        read: @escaping @Sendable (String) -> Result<String, SettingsFileError>,
        list: @escaping @Sendable (String) -> Result<[String], SettingsFileError>,
        readBytes: @escaping @Sendable (String) -> Result<[UInt8], SettingsFileError> = FileAccess.bytes,
        program: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.read = read
        self.list = list
        self.readBytes = readBytes
        self.program = program
    }

    /// The file system. Only regular files of at most 1 MiB are read, through symbolic links too: a FIFO would block, a device
    /// would never end.
    package static let system = FileAccess(read: readFile, list: listFolder, program: problem(ofProgram:))

    private static func readFile(_ path: String) -> Result<String, SettingsFileError> {
        bytes(path).flatMap { bytes in
            String(validating: bytes, as: UTF8.self).map(Result.success)
                ?? .failure(SettingsFileError("it is not text in UTF-8"))
        }
    }

    /// The bytes of a regular file, under the same limits.
    package static func bytes(_ path: String) -> Result<[UInt8], SettingsFileError> {
        // Without O_NONBLOCK, opening a FIFO waits for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return .failure(SettingsFileError(sentence(errno))) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { return .failure(SettingsFileError(sentence(errno))) }
        switch information.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: return .failure(SettingsFileError("it is a folder"))
        case S_IFIFO: return .failure(SettingsFileError("it is a FIFO, not a regular file"))
        case S_IFSOCK: return .failure(SettingsFileError("it is a socket, not a regular file"))
        default: return .failure(SettingsFileError("it is a device, not a regular file"))
        }
        let limit = SettingsFile.maximumBytes
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(SettingsFileError(sentence(errno)))
            }
            bytes += buffer[..<count]
        }
        guard bytes.count <= limit else { return .failure(SettingsFileError("it is larger than \(limit) bytes")) }
        return .success(bytes)
    }

    private static func listFolder(_ path: String) -> Result<[String], SettingsFileError> {
        guard let folder = opendir(path) else { return .failure(SettingsFileError(sentence(errno))) }
        defer { closedir(folder) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(folder) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return errno == 0 ? .success(names) : .failure(SettingsFileError(sentence(errno)))
    }

    /// Who may write a program, or put another in its place, may do whatever the daemon may: its folder counts, too.
    private static func problem(ofProgram path: String) -> String? {
        var information = stat()
        guard stat(path, &information) == 0 else { return sentence(errno) }
        guard information.st_mode & S_IFMT == S_IFREG else { return "it is not a regular file" }
        if information.st_mode & S_IWOTH != 0 { return "anybody may write it" }
        let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
        guard stat(folder.isEmpty ? "/" : String(folder), &information) == 0 else { return sentence(errno) }
        // With the sticky bit, nobody replaces what belongs to another.
        if information.st_mode & S_IWOTH != 0, information.st_mode & S_ISVTX == 0 { return "anybody may write in its folder" }
        return access(path, X_OK) == 0 ? nil : sentence(errno)
    }

    private static func sentence(_ code: Int32) -> String {
        switch code {
        case ENOENT: "no such file or folder"
        case EACCES, EPERM: "permission denied"
        case ELOOP: "its symbolic links lead in a circle"
        case ENOTDIR: "it is not in a folder"
        case ENXIO: "it is a socket, not a regular file"
        case EIO: "the disk reports an error"
        case EMFILE, ENFILE: "too many files are open"
        default: "system error \(code)"
        }
    }
}
