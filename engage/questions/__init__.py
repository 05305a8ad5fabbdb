"""Asking a person: answers that staff have approved for everybody, and a desk where they answer what is asked besides."""

from engage.questions import approved, asking, desk
from engage.questions.asking import Asked, ask, helped
from engage.questions.forgetting import forget_chat
from engage.questions.matching import FITS, FITS_WELL, Match, fitting, is_question
from engage.questions.models import AnswerState, ApprovedAnswer, CitizenQuestion, QuestionState, Topic

__all__ = [
    "FITS", "FITS_WELL", "AnswerState", "ApprovedAnswer", "Asked", "CitizenQuestion", "Match", "QuestionState", "Topic",
    "approved", "ask", "asking", "desk", "fitting", "forget_chat", "helped", "is_question",
]  # fmt: skip
