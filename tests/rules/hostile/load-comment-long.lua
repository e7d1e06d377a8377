-- a comment of 200 KiB
-- expect: fires
--[==[
--* 4000 words and ]] and ]=] and words and words in a comment\n
]==]
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
