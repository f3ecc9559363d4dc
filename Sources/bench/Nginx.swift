/// The server that is probed: nginx with a small reply out of its memory, on a port of its own.
struct Nginx {
    let child: Child
    let address: String
    /// Where `content` of the folder is served from disk.
    let folder: String

    init(_ site: Site) throws {
        let folder = try site.subfolder("nginx")
        let port = try site.freePort()
        let configuration = """
            daemon off;
            master_process off;
            pid \(folder)/pid;
            error_log \(folder)/error.log;
            events { worker_connections 8192; }
            http {
                access_log off;
                client_body_temp_path \(folder)/body;
                proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/fastcgi;
                uwsgi_temp_path \(folder)/uwsgi;
                scgi_temp_path \(folder)/scgi;
                server {
                    listen 127.0.0.1:\(port) backlog=4096;
                    location / { return 200 "ok\\n"; }
                    location /file/ { alias \(folder)/; }
                }
            }
            """
        try site.write(configuration, to: folder + "/nginx.conf")
        child = try Child("/usr/sbin/nginx", ["-p", folder, "-c", folder + "/nginx.conf"], log: folder + "/log")
        address = "http://127.0.0.1:\(port)/"
        self.folder = folder
        let web = try Web()
        for _ in 0..<200 {
            if web.get(address) != nil { return }
            site.wait(0.05)
        }
        throw Trouble("nginx does not answer: \(lines(of: folder + "/log").joined(separator: "; "))")
    }
}
