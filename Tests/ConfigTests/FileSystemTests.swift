import Config
import Glibc
import Model
import Settings
import Support
import Testing

@Suite("Files on disk") struct FileSystemTests {
    private func lines(_ folder: TemporaryFolder) -> [String] {
        switch ConfigurationReader.read(path: folder.file("monitord.yaml"), environment: { _ in nil }) {
        case .success: return []
        case .failure(let error):
            return error.problems.map { $0.description.replacing(folder.path + "/", "") }
        }
    }

    @Test("that are no regular files are refused without waiting for them") func irregular() throws {
        let folder = try TemporaryFolder()
        try folder.write("monitord.yaml", "node: a\n")
        #expect(mkdir(folder.file("probes.d"), 0o755) == 0)
        #expect(mkfifo(folder.file("probes.d/a.yaml"), 0o600) == 0)
        #expect(mkdir(folder.file("probes.d/b.yaml"), 0o755) == 0)
        #expect(symlink("/dev/zero", folder.file("probes.d/c.yaml")) == 0)
        #expect(symlink("d.yaml", folder.file("probes.d/d.yaml")) == 0)
        #expect(symlink("gone", folder.file("probes.d/e.yaml")) == 0)
        try folder.write("probes.d/f.yaml", "a: " + String(repeating: "x", count: 1 << 20))
        try folder.write("probes.d/g.yaml", "probes: []\n")
        #expect(
            lines(folder) == [
                "probes.d/a.yaml: cannot be read: it is a FIFO, not a regular file",
                "probes.d/b.yaml: cannot be read: it is a folder",
                "probes.d/c.yaml: cannot be read: it is a device, not a regular file",
                "probes.d/d.yaml: cannot be read: its symbolic links lead in a circle",
                "probes.d/e.yaml: cannot be read: no such file or folder",
                "probes.d/f.yaml: cannot be read: it is larger than 1048576 bytes",
            ])
    }

    @Test("a program is refused that is not there, may not be run, or that anybody may change") func programs() throws {
        let folder = try TemporaryFolder()
        try folder.write("good", "#!/bin/sh\n")
        try folder.write("plain", "#!/bin/sh\n")
        try folder.write("anyone", "#!/bin/sh\n")
        #expect(chmod(folder.file("good"), 0o755) == 0 && chmod(folder.file("anyone"), 0o777) == 0)
        #expect(chmod(folder.file("plain"), 0o644) == 0)
        #expect(mkdir(folder.file("open"), 0o777) == 0 && chmod(folder.file("open"), 0o777) == 0)
        try folder.write("open/tool", "#!/bin/sh\n")
        #expect(chmod(folder.file("open/tool"), 0o755) == 0)
        let rows: [(name: String, wrong: String?)] = [
            ("good", nil), ("none", "no such file or folder"), ("plain", "permission denied"),
            ("anyone", "anybody may write it"),
            ("open", "it is not a regular file"), ("open/tool", "anybody may write in its folder"),
        ]
        for row in rows { #expect(FileAccess.system.program(folder.file(row.name)) == row.wrong, "\(row.name)") }
        #expect(FileAccess.system.program("/bin/sh") == nil)
    }

    @Test("may be symbolic links to regular files, as mounted configuration is") func links() throws {
        let folder = try TemporaryFolder()
        try folder.write("real.yaml", "node: linked\n")
        #expect(mkdir(folder.file("real.d"), 0o755) == 0)
        try folder.write("real.d/a", goodProbes)
        #expect(symlink("real.yaml", folder.file("monitord.yaml")) == 0)
        #expect(symlink("real.d", folder.file("probes.d")) == 0)
        #expect(symlink("a", folder.file("real.d/a.yaml")) == 0)
        let configuration = try ConfigurationReader.read(path: folder.file("monitord.yaml"), environment: { _ in nil }).get()
        #expect(configuration.node == "linked")
        #expect(configuration.probes.map(\.spec.name) == ["web"])
    }

    @Test("that are missing are named") func missing() throws {
        let folder = try TemporaryFolder()
        #expect(lines(folder) == ["monitord.yaml: cannot be read: no such file or folder"])
        try folder.write("monitord.yaml", "probes: gone.d\n")
        #expect(lines(folder) == ["monitord.yaml:1:9: probes: cannot read the folder gone.d: no such file or folder"])
        try folder.write("monitord.yaml", "node: a\n")
        #expect(lines(folder) == ["monitord.yaml: probes: cannot read the folder probes.d: no such file or folder"])
    }

    @Test("that are not text are refused") func binary() throws {
        let folder = try TemporaryFolder()
        let bytes: [UInt8] = [0x6E, 0xFF, 0xFE, 0x0A]
        let file = fopen(folder.file("monitord.yaml"), "w")
        #expect(fwrite(bytes, 1, bytes.count, file) == 4)
        fclose(file)
        #expect(lines(folder) == ["monitord.yaml: cannot be read: it is not text in UTF-8"])
    }

    @Test("secrets and certificates are read from files beside the configuration") func secrets() throws {
        let folder = try TemporaryFolder()
        try folder.write("token", "hunter2\n")
        try folder.write("monitord.yaml", "probes: .\n")
        let probe = "probes: [{name: a, http: {url: 'https://a/', headers: {X: {file: FILE}}, ca_file: FILE}}]\n"
        try folder.write("a.yaml", probe.replacing("FILE", "token"))
        #expect(lines(folder).filter { $0.hasPrefix("a.yaml") } == [])
        try folder.write("a.yaml", probe.replacing("FILE", "gone"))
        let found = lines(folder).filter { $0.contains("a.yaml") }
        #expect(
            found == [
                "./a.yaml:1:66: X: cannot read ./gone: no such file or folder",
                "./a.yaml:1:83: ca_file: cannot read ./gone: no such file or folder",
            ])
    }
}
