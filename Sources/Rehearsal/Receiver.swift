import Alerting
import Model

/// How the other end of a channel behaves from now on.
struct Receiver: Sendable, Hashable {
    enum Manner: Sendable, Hashable {
        case accepts
        /// Answers with this status of its protocol.
        case status(Int, retryAfter: Duration?)
        /// The connection is refused.
        case down
        /// It takes the message and never answers; nothing arrives.
        case hangs
        /// The message arrives, and the answer is lost.
        case losesAnswers
        /// It will never take it.
        case rejects
    }
    /// What comes of one attempt.
    struct Answer {
        var verdict: DeliveryVerdict
        var status = 0
        /// The message is seen by people.
        var arrives: Bool
        var after = Duration.zero
    }
    /// An attempt without an answer is given up after this.
    static let patience = Duration.seconds(15)

    var manner: Manner
    /// Attempts that it still behaves so; nil: all.
    var attempts: Int?

    /// Answers an attempt; after the last one of its kind it accepts again.
    mutating func answer(_ channel: any Channel) -> Answer {
        let answer = answer(by: channel)
        if let left = attempts {
            attempts = left - 1
            if left <= 1 { self = Receiver(manner: .accepts) }
        }
        return answer
    }

    private func answer(by channel: any Channel) -> Answer {
        switch manner {
        case .accepts:
            return Answer(verdict: .delivered(reference: nil), arrives: true)
        case .status(let status, let retryAfter):
            let verdict = channel.judge(TransferReply(status: status, retryAfter: retryAfter))
            if case .delivered = verdict { return Answer(verdict: verdict, arrives: true) }
            return Answer(verdict: verdict, status: status, arrives: false)
        case .down:
            let error = TransferError(.connect, "connection refused", code: 7)
            return Answer(verdict: channel.judge(TransferReply(error: error)), arrives: false)
        case .hangs:
            let error = TransferError(.timeout, "no answer within \(Receiver.patience.short)", code: 28)
            let verdict = channel.judge(TransferReply(error: error, mayHaveArrived: true))
            return Answer(verdict: verdict, arrives: false, after: Receiver.patience)
        case .losesAnswers:
            let error = TransferError(.receive, "the connection broke before an answer came", code: 56)
            return Answer(verdict: channel.judge(TransferReply(error: error, mayHaveArrived: true)), arrives: true)
        case .rejects:
            return Answer(verdict: .rejected("the receiver refuses it"), arrives: false)
        }
    }
}
