import ArgumentParser
import Foundation
import Model
import Testing

@testable import monitordctl

@Suite struct ConnectionTests {
    /// Answers every transfer with one reply, and keeps what was sent.
    private final class Scripted: Transferring, @unchecked Sendable {
        // Each test starts one transfer at a time and reads `requests` after the last.
        private(set) var requests: [HTTPRequest] = []
        private var replies: [TransferReply]
        init(_ replies: [TransferReply]) { self.replies = replies }

        func start(_ outgoing: Outgoing, finished: @escaping @Sendable (TransferReply) -> Void) {
            if case .http(let request) = outgoing { requests.append(request) }
            finished(replies.removeFirst())
        }
    }

    private func reply(_ status: Int, _ body: String) -> TransferReply { TransferReply(status: status, body: Array(body.utf8)) }

    @Test func commandsSendTheirArgumentsAndReadTheReply() async throws {
        let scripted = Scripted([reply(409, #"{"status":"refused","message":"It is resolved.","details":[]}"#)])
        let daemon = Daemon(place: .url("http://127.0.0.1:1"), transfers: scripted)
        let answer = try await daemon.command("run", ["probe": "a \"b\"", "dry": true])
        #expect(answer == CommandReply(.refused, "It is resolved."))
        let request = try #require(scripted.requests.first)
        #expect(request.method == "POST")
        #expect(request.url.reveal() == "http://127.0.0.1:1/api/v1/commands/run")
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"dry":true,"probe":"a \"b\""}"#)
        #expect(request.isFresh)
    }

    @Test func aCommandWithoutAnAnswerSaysHowToSendItAgain() async throws {
        let lost = TransferReply(error: TransferError(.timeout, "No answer within 5m."))
        let daemon = Daemon(place: .url("http://127.0.0.1:1"), transfers: Scripted([lost]))
        var once = Once()
        once.id = "mine"
        await #expect(
            throws: Trouble(
                "monitord does not answer at http://127.0.0.1:1: No answer within 5m.\nWhether it was carried out is not known. "
                    + "The same command with --id mine is carried out once.")
        ) {
            try await daemon.operate("silence-expire", ["silence": "01K"], once)
        }
    }

    @Test func everyWayOfNotAnsweringIsASentence() async throws {
        let url = "http://127.0.0.1:1"
        let rows: [(TransferReply, Trouble)] = [
            (
                TransferReply(error: TransferError(.connect, "Connection refused.")),
                Trouble("monitord does not answer at \(url): Connection refused.", isUnanswered: true)
            ),
            (reply(503, #"{"error":"The daemon did not answer in time."}"#), Trouble("The daemon did not answer in time.")),
            (reply(403, #"{"error":"Use the socket."}"#), Trouble("Use the socket.", exit: .refused)),
            (reply(502, "<html>"), Trouble("The answer has HTTP status 502. Is it monitord that listens there?")),
            (
                reply(200, "[]"),
                Trouble("\(url) answers something else than this monitordctl expects. Are both of one version?")
            ),
        ]
        for (reply, trouble) in rows {
            let daemon = Daemon(place: .url(url), transfers: Scripted([reply]))
            await #expect(throws: trouble) { try await daemon.get("/api/v1/status", as: Snapshot.self) }
        }
    }

    @Test func aSocketThatIsNotThereIsToldBeforeConnecting() async throws {
        let daemon = Daemon(place: .socket("/nowhere/monitord.sock"), transfers: Scripted([]))
        await #expect(
            throws: Trouble(
                "There is no control socket /nowhere/monitord.sock. monitord is not running, or it listens elsewhere: see --socket."
            )
        ) { try await daemon.get("/api/v1/status", as: Snapshot.self) }
    }

    @Test func whereTheDaemonIsFollowsTheOptions() throws {
        #expect(try Connection.parse(["--socket", "/a"]).place == .socket("/a"))
        #expect(try Connection.parse(["--url", "http://h:1/"]).place == .url("http://h:1"))
        #expect(throws: (any Error).self) { try Connection.parse(["--url", "http://h:1", "--socket", "/a"]) }
    }

    @Test func wordsOnTheCommandLine() throws {
        for (line, type) in [
            (["status"], "Status"), (["status", "a", "b", "--watch", "--json"], "Status"), (["run", "a", "--dry"], "Run"),
            (["history", "a", "--since", "90m", "--csv"], "History"), (["incidents"], "Incidents"),
            (["ack", "01K"], "Acknowledge"),
            (["resolve", "01K"], "Resolve"), (["outbox", "--dead"], "Outbox"), (["notify", "pager", "--test"], "Notify"),
            (["reload"], "Reload"), (["check", "a.yaml"], "Check"),
        ] {
            #expect(String(describing: Swift.type(of: try Monitordctl.parseAsRoot(line))) == type, "\(line)")
        }
        for line in [
            ["notify", "pager"], ["history", "a", "--since", "yesterday"], ["history", "a", "--csv", "--json"], ["ack"],
        ] {
            #expect(throws: (any Error).self, "\(line)") { try Monitordctl.parseAsRoot(line) }
        }
    }
}
