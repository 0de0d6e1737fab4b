package command

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"git-credential-grant/helper"
	"git-credential-grant/store"
)

// A oneStore is one of the stores that a session looks into, with a helper that knows that one alone.
type oneStore struct {
	helper       *helper.Helper
	store        *store.Store
	name, reason string
	isFirst      bool // it takes what is new
	isOnly       bool
}

// onEach does something with each store. An error in one keeps nobody from the others.
func (s *session) onEach(ctx context.Context, do func(on *oneStore) error) error {
	var errs []error
	each := s.keyring.Each(ctx)
	for i, one := range each {
		on := &oneStore{helper: s.helperOn(s.traced(one)), store: one, isFirst: i == 0, isOnly: len(each) == 1}
		var err error
		if on.name, on.reason, err = one.Backend(ctx); err == nil {
			err = do(on)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// in says which store something is in, "" where there is only one.
func (on *oneStore) in() string {
	if on.isOnly {
		return ""
	}
	return " (in " + on.name + ")"
}

// origins are those of which something is stored.
func (on *oneStore) origins(ctx context.Context) ([]helper.Origin, error) {
	keys, err := on.store.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing what is stored: %w", err)
	}
	return helper.Origins(keys), nil
}

// A signIn is one of status, and where it is kept.
type signIn struct {
	helper.Status
	Store string `json:"store"`
}

// signIns are those that subjects may mean, or all.
func (on *oneStore) signIns(ctx context.Context, s *session, subjects ...subject) ([]signIn, error) {
	if len(subjects) == 0 {
		origins, err := on.origins(ctx)
		if err != nil {
			return nil, err
		}
		for _, origin := range origins {
			subjects = append(subjects, s.aboutOrigin(ctx, origin).about)
		}
	}
	signIns := []signIn{}
	for _, about := range subjects {
		some, err := on.signInsOf(ctx, about)
		if err != nil {
			return nil, err
		}
		signIns = append(signIns, some...)
	}
	return signIns, nil
}

// signInsOf are those of one subject. A name that only settings give leaves out nobody, and says whose git uses.
func (on *oneStore) signInsOf(ctx context.Context, about subject) (signIns []signIn, err error) {
	meant, err := on.helper.Status(ctx, about.request)
	if err != nil {
		return nil, err
	}
	all := meant
	if about.implied {
		if all, err = on.helper.Status(ctx, helper.RequestOf(about.origin())); err != nil {
			return nil, err
		}
	}
	for _, status := range all {
		status.InUse = slices.ContainsFunc(meant, func(other helper.Status) bool { return other.InUse && other.Account == status.Account })
		signIns = append(signIns, signIn{status, on.name})
	}
	return signIns, nil
}

// signIns are those of all stores.
func (s *session) signIns(ctx context.Context) ([]signIn, error) {
	var all []signIn
	err := s.onEach(ctx, func(on *oneStore) error {
		some, err := on.signIns(ctx, s)
		all = append(all, some...)
		return err
	})
	return all, err
}
