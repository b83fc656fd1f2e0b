package apiserver

func (s *Server) serveOpenAPI(out *response, path string) { out.notFound() }
