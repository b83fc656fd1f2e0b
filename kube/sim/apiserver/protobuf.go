package apiserver

import (
	"encoding/json"
	"fmt"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// protobufReader decodes request bodies in protobuf, which client-go's typed clients send. Answers are JSON: those
// clients take both.
type protobufReader struct {
	once    sync.Once
	decoder *protobuf.Serializer
	err     error
}

// json returns a protobuf body as the JSON document of the same object.
func (p *protobufReader) json(body []byte) ([]byte, error) {
	p.once.Do(p.init)
	if p.err != nil {
		return nil, p.err
	}
	obj, gvk, err := p.decoder.Decode(body, nil, nil)
	if runtime.IsNotRegisteredError(err) {
		return nil, unsupportedMedia(runtime.ContentTypeJSON, runtime.ContentTypeYAML)
	}
	if err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding the body: %v", err))
	}
	obj.GetObjectKind().SetGroupVersionKind(*gvk)
	return json.Marshal(obj)
}

func (p *protobufReader) init() {
	types := runtime.NewScheme()
	if p.err = scheme.AddToScheme(types); p.err == nil {
		p.err = apiextensionsv1.AddToScheme(types)
	}
	p.decoder = protobuf.NewSerializer(types, types)
}
