// A net/http client for bench/sender.py: so many POSTs over HTTP/2 and TLS, so many at a time.
package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func cpu() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func main() {
	base, shape, bearer := os.Args[1], os.Args[2], os.Args[3]
	count, _ := strconv.Atoi(os.Args[4])
	atOnce, _ := strconv.Atoi(os.Args[5])
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true,
	}
	client := &http.Client{Transport: transport}
	filler := strings.Repeat("x", 200)
	var next, answered int64
	var workers sync.WaitGroup
	began, used := time.Now(), cpu()
	for range make([]struct{}, atOnce) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				number := atomic.AddInt64(&next, 1)
				if number > int64(count) {
					return
				}
				path, body := "/v1/projects/bench/messages:send", fmt.Sprintf("%050d%s", number, filler)
				if shape == "apns" {
					path, body = fmt.Sprintf("/3/device/%064d", number%1000), filler+strings.Repeat("x", 50)
				}
				request, _ := http.NewRequest("POST", base+path, bytes.NewReader([]byte(body)))
				request.Header.Set("authorization", bearer)
				request.Header.Set("content-type", "application/json")
				response, err := client.Do(request)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode == 200 && response.ProtoMajor == 2 {
					atomic.AddInt64(&answered, 1)
				}
			}
		}()
	}
	workers.Wait()
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"answered": float64(answered), "seconds": time.Since(began).Seconds(), "cpu": cpu() - used,
	})
}
