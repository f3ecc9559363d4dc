import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client is too slow: with its first headers, with a body, or in taking an answer. Without it 256
/// clients that send a byte a minute would hold every connection.
final class RequestDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var reading: Scheduled<Void>?
    private var writing: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
        reading = closing(context, after: Limit.firstHeader)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        reading?.cancel()
        writing?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            reading?.cancel()
            reading = closing(context, after: Limit.requestBody)
        case .body: break
        case .end:
            reading?.cancel()
            reading = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else {
            if writing == nil { writing = closing(context, after: Limit.response) }
            return context.write(data, promise: promise)
        }
        let written = promise ?? context.eventLoop.makePromise()
        if let writing { written.futureResult.whenComplete { _ in writing.cancel() } }
        writing = nil
        context.write(data, promise: written)
    }

    private func closing(_ context: ChannelHandlerContext, after time: Duration) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: TimeAmount(time)) { channel.close(promise: nil) }
    }
}
