import Glibc

func currentUser() -> UInt32 { getuid() }
func currentProcess() -> Int32 { getpid() }
