import Model
import Settings
import Testing

@Suite("Secrets") struct SecretTests {
    @Test("come from the environment, a file or a credential") func found() {
        let fields = fields("a: {env: TOKEN}\nb: {file: hook.key}\nc: {credential: slack}\nd: plain\ne: ca.pem\n")
        #expect(fields?.secret("a")?.reveal() == "env-secret")
        #expect(fields?.secret("b")?.reveal() == "file-secret")
        #expect(fields?.secret("c")?.reveal() == "credential-secret")
        #expect(fields?.textOrSecret("d")?.reveal() == "plain")
        #expect(fields?.readableFile("e") == "/etc/monitord/ca.pem")
    }

    @Test(
        "that cannot be had are told of by name, never by value",
        arguments: [
            (
                "a plain text", "key: hunter2\n",
                "a.yaml:1:6: key: a secret does not stand in the file itself; write {env: NAME}, {file: PATH} or {credential: NAME}"
            ),
            (
                "a list", "key: [hunter2]\n",
                "a.yaml:1:6: key: expected {env: NAME}, {file: PATH} or {credential: NAME}, got a list"
            ),
            ("an unset variable", "key: {env: MISSING}\n", "a.yaml:1:12: key: the environment variable MISSING is not set"),
            ("an empty variable", "key: {env: EMPTY}\n", "a.yaml:1:12: key: the environment variable EMPTY is empty"),
            (
                "a value for a variable's name", "key: {env: hunter2-!}\n",
                "a.yaml:1:12: key: expected the name of an environment variable after env:"
            ),
            ("a missing file", "key: {file: gone}\n", "a.yaml:1:13: key: cannot read /etc/monitord/gone: no such file"),
            ("an empty file", "key: {file: empty}\n", "a.yaml:1:13: key: /etc/monitord/empty is empty"),
            (
                "a missing credential", "key: {credential: gone}\n",
                "a.yaml:1:19: key: cannot read /run/credentials/gone: no such file"
            ),
            (
                "a path for a credential", "key: {credential: ../slack}\n",
                "a.yaml:1:19: key: expected the name of a credential after credential:, not a path"
            ),
            (
                "an unknown form", "key: {fil: x}\n",
                #"a.yaml:1:7: key: expected one of {env: NAME}, {file: PATH} or {credential: NAME}; did you mean "file"?"#
            ),
            (
                "two forms", "key: {env: TOKEN, file: x}\n",
                "a.yaml:1:6: key: expected one of {env: NAME}, {file: PATH} or {credential: NAME}"
            ),
            ("nothing", "key:\n", "a.yaml:1:5: key: expected {env: NAME}, {file: PATH} or {credential: NAME}, got nothing"),
        ])
    func missing(_ what: String, _ text: String, _ line: String) {
        let found = lines(text) { _ = $0.secret("key") }
        #expect(found == [line], "\(what)")
        #expect(!found.joined().contains("hunter2"))
    }

    @Test("need systemd for credentials") func withoutSystemd() {
        #expect(
            lines("key: {credential: slack}\n", credentials: nil) { _ = $0.secret("key") } == [
                "a.yaml:1:19: key: the credential slack needs $CREDENTIALS_DIRECTORY; see LoadCredential= of systemd"
            ])
    }
}
